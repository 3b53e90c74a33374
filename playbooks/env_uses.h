// Which variables of the environment a project refers to, and where: read from the files as they
// are written, without rendering anything.
#pragma once

#include <string>
#include <vector>

#include "inventory/problem.h"
#include "playbooks/project.h"

namespace gannet::playbooks {

/// One ${VAR} or {{ env.VAR }}.
struct EnvUse {
  std::string name;
  inventory::SourceLocation from;
  std::string service{};  ///< whose Compose file it stands in; empty: elsewhere
  bool needed = true;     ///< false: it has a default, or an alternative for when it is not set
};

struct EnvUses {
  std::vector<EnvUse> uses;  ///< by file, in file order
  /// A whole env file travels into a container or to a host: every variable may be used there.
  bool all = false;
};

/// Appends the ${VAR} of `text` (and the $VAR with `names`), {{ env.VAR }} too. Lines that begin
/// with "#" and "$${" are passed over. `file` is for the places.
void find_env_uses(const std::string& text, const std::string& file, bool names,
                   std::vector<EnvUse>& uses);

/// Looks through gannet.yaml, the Compose files of services that have no env_file of their own
/// (and what these include or extend), and the contents that are templates or hold variables.
/// Files that cannot be read are passed over: `gannet validate` names them.
[[nodiscard]] EnvUses find_env_uses(const Project& project);

}  // namespace gannet::playbooks
