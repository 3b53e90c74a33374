// What plan, deploy, rollback and resume have in common.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "controller/cli/application.h"

namespace gannet::controller {

/// What is to be released where.
struct ReleaseJob {
  Workspace workspace;
  std::vector<std::string> services;  ///< empty: all
  std::string tag;
  bool skip_unreachable = false;

  /// Refers to this job.
  [[nodiscard]] ReleaseContext context() const;
};

/// Loads the project and leaves the hosts that run one of `services`. Problems are reported at
/// once; nullopt then (exit code 2). `only`: of the selected hosts only these; nullopt: all.
[[nodiscard]] std::optional<ReleaseJob> prepare_release(
    Application& application, const GlobalOptions& options, std::vector<std::string> services,
    const std::optional<std::vector<std::string>>& only = std::nullopt);

/// [SERVICE...], into `services`.
[[nodiscard]] PositionalSpec services_argument(std::vector<std::string>& services);

/// `verb` on the same project, environment and hosts as this command, as one could type it.
[[nodiscard]] std::string command_on_same(const GlobalOptions& options, const std::string& verb,
                                          const std::vector<std::string>& arguments);

/// The tag to use when none is given: what `git describe` says of the project; may be empty.
[[nodiscard]] std::string described_tag(const Workspace& workspace);

/// Deploys after asking, unless -y.
[[nodiscard]] Result<ExitCode> deploy_release(Application& application, const ReleaseJob& job);
/// Goes back after asking, unless -y. `to`: release id or tag; empty: the one before.
[[nodiscard]] Result<ExitCode> roll_back(Application& application, const ReleaseJob& job,
                                         const std::string& to);

/// Hosts of a run that still have to be done: all that are not deployed or unchanged.
[[nodiscard]] std::vector<std::string> remaining_hosts(const std::vector<HostRecord>& hosts);

}  // namespace gannet::controller
