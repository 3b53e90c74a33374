// What is wrong with the env files of a project: `gannet env check`.
#pragma once

#include <vector>

#include "inventory/problem.h"
#include "playbooks/project.h"

namespace gannet::playbooks {

/// Compares the env files of all environments (or only of `only`) with each other, with what
/// services refer to, and Compose's reading with systemd's. Errors: a file that cannot be read, a
/// variable that is needed and not set, a value that systemd reads differently (a warning unless
/// a service is a unit). Warnings: a name assigned twice in a file, set in some environments only,
/// used by nothing; a file that others may read. Never holds a value. Sorted by place.
[[nodiscard]] std::vector<inventory::Problem> check_env_files(const Project& project,
                                                              const Environment* only = nullptr);

}  // namespace gannet::playbooks
