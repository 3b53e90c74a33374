// What holds for the targets of checks, whether known when gannet.yaml is read or only per host.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "playbooks/project.h"

namespace gannet::playbooks {

/// "disk", "port_free", ...: the key in gannet.yaml.
[[nodiscard]] std::string_view to_string(CheckType type);

/// "disk /var", "port_open 8080", "memory": the name of a check that has none.
[[nodiscard]] std::string default_name(const CheckSpec& check);

/// Checks target (and, for tcp and ports, `unresolved`, which becomes target and port). Call with
/// all variables replaced. Errors: kInvalidInput, a message without place and a hint.
[[nodiscard]] Result<> settle_target(CheckSpec& check);

}  // namespace gannet::playbooks
