// The containers of Compose projects, as Docker has them.
#pragma once

#include <string>
#include <vector>

#include "agent/services/docker_cli.h"
#include "protocol/activation.h"

namespace gannet::agent {

/// A container of a project, with what only its health gate wants to know.
struct ProjectContainer {
  protocol::ContainerState state;
  std::string restart_policy;  ///< "no", "always", "unless-stopped", "on-failure"

  /// Docker starts it again whenever it ends.
  [[nodiscard]] bool is_kept_running() const {
    return restart_policy == "always" || restart_policy == "unless-stopped";
  }
  [[nodiscard]] bool runs() const { return state.status == "running"; }
  /// Ended well, and nobody wants it to run again.
  [[nodiscard]] bool is_done() const {
    return state.status == "exited" && state.exit_code == 0 && !is_kept_running();
  }
};

struct ProjectView {
  std::string name;
  std::string directory;
  std::vector<std::string> files;
  std::vector<std::string> env_files;
  std::vector<ProjectContainer> containers;  ///< sorted by name

  [[nodiscard]] protocol::ProjectState state() const;
};

/// One per name, same order; without containers where there are none. Two runs of docker, however
/// many projects. Containers of `docker compose run` do not count.
[[nodiscard]] Answer<std::vector<ProjectView>> look_at_projects(
    Docker& docker, const std::vector<std::string>& names, Progress& progress);

/// The last lines a container printed, at most 20; for an unhealthy one also what its health check
/// said last. What cannot be had is left out.
[[nodiscard]] std::vector<std::string> last_words(Docker& docker,
                                                  const protocol::ContainerState& container,
                                                  Progress& progress);

/// With which codes the container ended within the last hour, oldest first. Empty: not known.
[[nodiscard]] std::vector<std::string> exit_codes(Docker& docker, const std::string& id,
                                                  Progress& progress);

}  // namespace gannet::agent
