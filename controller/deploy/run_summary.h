// What became of all hosts of one run.
#pragma once

#include <vector>

#include "controller/deploy/outcome.h"
#include "controller/results/store.h"

namespace gannet::controller {

/// What a run came to; `hosts` in the order of the context.
struct RunSummary {
  std::vector<HostRecord> hosts;
  bool interrupted = false;
  bool preflight_refused = false;  ///< nothing was touched
  bool invalid = false;            ///< the definitions are wrong (reported): nothing was touched
  [[nodiscard]] ExitCode exit_code() const;
};

}  // namespace gannet::controller
