// Waits until services are healthy and stay so.
#pragma once

#include <string>
#include <vector>

#include "agent/host_actions.h"
#include "agent/progress.h"
#include "base/clock.h"
#include "base/error.h"
#include "protocol/check.h"
#include "protocol/release.h"

namespace gannet::agent {

/// How the gates of a transaction ended.
struct GateResult {
  bool healthy = true;
  bool stopped = false;  ///< nobody wants to know any more
  Code code = Code::kUnhealthy;
  std::string error;                        ///< "api: health: http ...: answered 500"
  std::string hint;                         ///< the finding's
  std::vector<std::string> last_lines;      ///< output of the check that failed
  std::vector<protocol::Finding> findings;  ///< of the last round, all services
};

/// Runs the gates of all `releases` side by side, at most five rounds a second, until each was
/// healthy without interruption for its stable_for_ms, or one runs into its timeout_ms. A service
/// that is done is not asked again. A gate without checks passes at once.
[[nodiscard]] GateResult run_gates(const std::vector<protocol::Release>& releases,
                                   HostActions& actions, Clock& clock, Progress& progress);

}  // namespace gannet::agent
