#pragma once

#include <string_view>

namespace gannet::inventory {

/// Order of names for people: runs of digits compare as numbers, pi-2 before pi-10.
[[nodiscard]] bool natural_less(std::string_view a, std::string_view b);

}  // namespace gannet::inventory
