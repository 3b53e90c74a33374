// The dead-man's switch: a process of its own that puts a transaction back when nobody commits it.
#pragma once

#include <chrono>
#include <string>

#include "agent/core/file_system.h"
#include "agent/host_actions.h"
#include "agent/host_state.h"
#include "base/clock.h"
#include "base/result.h"

namespace gannet::agent {

enum class WatchdogEnd : std::uint8_t {
  kDisarmed,       ///< the transaction was committed or put back by somebody else
  kRestored,       ///< put back here
  kRestoreFailed,  ///< could not be put back; the journal is left for the next contact
};

/// Body of `gannet-agent watchdog`. Looks at the journal of `transaction` five times a second and
/// restores it when it is still open after `deadline` (from now; steady time). A live apply is
/// never interrupted: the watchdog waits for its flock, and then gives the commit as long as the
/// journal says. Returns when there is nothing left to watch.
/// Errors: kRemoteIo and the like when the state cannot be read at all.
[[nodiscard]] Result<WatchdogEnd> run_watchdog(const HostState::Options& options, FileSystem& files,
                                               HostActions& actions, Clock& clock,
                                               const std::string& transaction,
                                               std::chrono::milliseconds deadline);

}  // namespace gannet::agent
