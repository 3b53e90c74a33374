// What is wrong inside a systemd unit, seen by itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "inventory/problem.h"

namespace gannet::playbooks {

/// Findings of GN-UNIT-002 to 005 in `text`, in file order, about 20 at most. Only the
/// first 256 KiB are looked at. `name`: of the unit, "app.service"; `drop_in`: the text adds to a
/// unit that stands elsewhere, so nothing is missing in it. `file` is for the places.
[[nodiscard]] std::vector<inventory::Problem> check_unit(std::string_view text,
                                                         const std::string& file,
                                                         std::string_view name, bool drop_in);

}  // namespace gannet::playbooks
