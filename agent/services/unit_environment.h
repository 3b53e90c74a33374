// The environment that systemd gives to the processes of a unit.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/system/posix.h"

namespace gannet::agent {

/// Names and values; of one name the last counts.
using Environment = std::vector<std::pair<std::string, std::string>>;

/// The value of property Environment, as `systemctl show` prints it.
[[nodiscard]] Environment shown_environment(std::string_view value);

/// The content of an EnvironmentFile=, read as systemd does; lines that are none are left out.
[[nodiscard]] Environment environment_file(std::string_view text);

/// What `systemctl show` printed ("Environment=...", "EnvironmentFiles=... (ignore_errors=no)"):
/// both together, the files counting more. Files that cannot be read add nothing.
[[nodiscard]] Environment unit_environment(std::string_view shown, const HostTree& tree);

}  // namespace gannet::agent
