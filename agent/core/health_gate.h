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

/// A release that has to be healthy. Pointers outlive the call.
struct GateSubject {
  const protocol::Release* release = nullptr;
  std::vector<protocol::ImageTag> images;          ///< that have to run
  const protocol::RuntimeState* before = nullptr;  ///< restarts up to then are forgiven
};

/// A finding with this key among its values will not pass any more: there is no use in waiting.
inline constexpr const char* kFinal = "final";

/// Runs the gates of all `subjects` side by side, at most five rounds a second (what runs is asked
/// once a second), until each was healthy without interruption for its stable_for_ms, or one runs
/// into its timeout_ms, or one cannot become healthy. A service that is done is not asked again. A
/// gate without checks, of a release that runs nothing, passes at once.
[[nodiscard]] GateResult run_gates(const std::vector<GateSubject>& subjects, HostActions& actions,
                                   Clock& clock, Progress& progress);

}  // namespace gannet::agent
