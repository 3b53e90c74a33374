// What hosts have missed: for `gannet deploy --pending`.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "controller/results/store.h"

namespace gannet::controller {

/// The deployments of one environment that some hosts did not get because they were off or froze
/// before anything was changed on them, or because they alone did not pass pre-flight.
struct Pending {
  std::vector<std::string> hosts;     ///< sorted; empty: nothing is pending
  std::vector<std::string> services;  ///< what they missed
  std::string environment;
  std::string tag;                              ///< of the newest deployment among them
  std::vector<std::string> other_environments;  ///< where more is pending
};

/// `environment` empty: that of the newest deployment that was missed. `services` empty: all.
/// Errors: those of the store.
[[nodiscard]] Result<Pending> pending_of(ResultStore& store, const std::string& project_root,
                                         const std::string& environment,
                                         const std::vector<std::string>& services);

}  // namespace gannet::controller
