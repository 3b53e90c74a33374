// Environment files as systemd reads them (EnvironmentFile=, systemd 252).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "playbooks/env_file.h"

namespace gannet::playbooks {

/// A line that systemd passes over with a warning in the journal.
struct IgnoredLine {
  std::string name;  ///< what stands before "="; may be any text
  int line = 0;      ///< 1-based, of its end
};

struct SystemdEnv {
  Variables variables;  ///< the last assignment of a name wins
  std::vector<IgnoredLine> ignored;
};

/// Reads `text`. Nothing is an error to systemd: it takes what it can.
[[nodiscard]] SystemdEnv parse_systemd_env(std::string_view text);

/// True for a name that systemd and shells accept: [A-Za-z_][A-Za-z0-9_]*.
[[nodiscard]] bool is_variable_name(std::string_view name);

}  // namespace gannet::playbooks
