// What is wrong with the env files of a project: `gannet env check`, `gannet validate`.
#pragma once

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "inventory/problem.h"
#include "playbooks/project.h"

namespace gannet::playbooks {

/// What to look at.
struct EnvCheckScope {
  const Environment* only = nullptr;  ///< not owned; null: all environments
  bool only_common = false;           ///< the .env of the project by itself
  /// False: rendering tells which files cannot be read and what is not set outside of Compose
  /// files, and who may read the files here says nothing about a project that was checked out.
  bool alone = true;
  /// Unless `alone`: environment ("": none) and service that lands in it.
  std::set<std::pair<std::string, std::string>> landed{};
};

/// Compares the env files of all environments with each other, with what services refer to, and
/// Compose's reading with systemd's. Breaks GN-ENV-001, 002, 009 (only `alone`), 004 to 010; what
/// systemd reads differently is an error when a service is a unit. What comments in the files
/// allow (docs/rules.md) is left out when `alone`: else that is up to the caller. Never holds a
/// value. Sorted by place.
[[nodiscard]] std::vector<inventory::Problem> check_env_files(const Project& project,
                                                              const EnvCheckScope& scope = {});

}  // namespace gannet::playbooks
