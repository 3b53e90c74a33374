// Which texts of a service need what only the host itself can tell.
#pragma once

#include <string_view>

#include "playbooks/service.h"

namespace gannet::playbooks {

/// True when `text` holds {{host.arch}} or another fact.
[[nodiscard]] bool uses_facts(std::string_view text);

/// True when something that the service runs needs facts: a text with one, or an image that gannet
/// ships, of which every architecture has another.
[[nodiscard]] bool running_uses_facts(const Service& service);

}  // namespace gannet::playbooks
