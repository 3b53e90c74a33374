// One check, one finding: the table of all probes.
#pragma once

#include <chrono>
#include <optional>

#include "agent/progress.h"
#include "agent/system/posix.h"
#include "protocol/check.h"

namespace gannet::agent {

/// What probes may look at.
struct ProbeContext {
  const HostTree& tree;
  Progress& progress;
  /// Host's clock minus the controller's; nullopt when the controller did not tell its time.
  std::optional<std::chrono::milliseconds> clock_ahead;
};

/// Runs `check` once, within its timeout (0 counts as 5 s; at most 10 minutes). Never fails: what
/// cannot be measured is a finding that says so. A kind that this agent does not know is kFail.
[[nodiscard]] protocol::Finding run_check(const protocol::Check& check,
                                          const ProbeContext& context);

}  // namespace gannet::agent
