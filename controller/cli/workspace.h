// What a command works on: the project, its environment, the inventory and the selected hosts.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "controller/cli/options.h"
#include "inventory/inventory.h"
#include "playbooks/project.h"
#include "playbooks/render.h"

namespace gannet::controller {

struct Workspace {
  playbooks::Project project;  ///< empty, with the current folder as root, when there is none
  bool has_project = false;
  inventory::Inventory inventory;
  std::vector<inventory::Host> hosts;  ///< selected; ssh settings are complete but for the user
  std::string environment;             ///< name; empty: none
  playbooks::Variables variables;      ///< of the environment's file

  [[nodiscard]] const playbooks::Environment* find_environment() const {
    return environment.empty() ? nullptr : project.find_environment(environment);
  }
};

/// What a command cannot do without.
enum class Needs {
  kInventory,  ///< a project is used when there is one; an environment only when it is named
  kProject,    ///< releases: the only environment is taken without being named
};

/// Loads what `options` name, relative to the current folder. Errors: everything that is wrong with
/// the files, each with its place; an environment that is not named though there are several; a
/// selection that is empty.
[[nodiscard]] tl::expected<Workspace, std::vector<Error>> load_workspace(
    const GlobalOptions& options, Needs needs);

/// The project file named by `options`, or gannet.yaml.
[[nodiscard]] std::filesystem::path project_file(const GlobalOptions& options);

/// The folder of the project as results know it: absolute, without symbolic links.
[[nodiscard]] std::string project_root(const GlobalOptions& options);

/// Refuses names that are no services of the project. Errors: kInvalidInput with the nearest.
[[nodiscard]] Result<> check_services(const playbooks::Project& project,
                                      const std::vector<std::string>& services);

/// Leaves only hosts that run one of `services` (empty: any of the project's). Errors:
/// kInvalidInput when none is left.
[[nodiscard]] Result<> keep_hosts_with(Workspace& workspace,
                                       const std::vector<std::string>& services);

}  // namespace gannet::controller
