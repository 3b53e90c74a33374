// Going forward: snapshot, journal, watchdog, files, hooks, health. Order: docs/recovery.md.
#pragma once

#include "agent/core/engine.h"
#include "agent/host_state.h"
#include "agent/progress.h"
#include "base/result.h"
#include "protocol/messages.h"

namespace gannet::agent {

/// Applies a request. The caller holds the host's lock and knows that nothing is pending.
/// Errors mean that nothing was changed; once the first change may have been made, the answer is
/// an ApplyReply, and the host is healthy with the new releases or was put back.
[[nodiscard]] Result<protocol::ApplyReply> apply(const Engine& engine, WatchdogLauncher& watchdog,
                                                 const protocol::ApplyRequest& request,
                                                 Progress& progress);

}  // namespace gannet::agent
