// One machine that gannet may talk to.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "inventory/source_location.h"

namespace gannet::inventory {

/// How the agent gets the rights it needs. Source: `become` in inventory.yaml or gannet.yaml `ssh`.
enum class Become { kNone, kSudo };

/// How to log in. Unset members come from the inventory's defaults, then from gannet's.
struct SshSettings {
  std::optional<std::string> user;
  std::optional<std::uint16_t> port;
  std::vector<std::string> identity_files;  ///< tried in this order; ~ is expanded by the loader
  std::optional<std::string> known_hosts_file;  ///< instead of ~/.ssh/known_hosts
  std::optional<Become> become;
};

struct Host {
  std::string name;     ///< unique in the inventory; what the user types and reports show
  std::string address;  ///< name or numeric address to connect to; default: name
  SshSettings ssh;      ///< merged: host over group over defaults
  std::map<std::string, std::string> labels;  ///< "role" -> "pi"; what selectors compare
  std::vector<std::string> tags;              ///< `tag=x` matches any of them
  std::vector<std::string> groups;            ///< `@name`; sorted, with the parents
  std::map<std::string, std::string> vars;    ///< for templates; host over group over defaults
  bool optional = false;                      ///< may be off: does not count when unreachable
  std::optional<std::string> state_dir;       ///< where the agent keeps its state on this host
  SourceLocation from;                        ///< where it is defined
};

}  // namespace gannet::inventory
