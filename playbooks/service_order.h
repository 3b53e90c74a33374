// The order of services on a host: `order`, `requires`, then as written.
#pragma once

#include <vector>

#include "inventory/problem.h"
#include "playbooks/service.h"

namespace gannet::playbooks {

/// Services that are required but not there, and those that require each other in a circle.
[[nodiscard]] std::vector<inventory::Problem> check_requirements(
    const std::vector<Service>& services);

/// Lower `order` first, file order among equals, but never before what a service requires. Keeps
/// what cannot be ordered (a circle) as it is.
void put_in_order(std::vector<Service>& services);

}  // namespace gannet::playbooks
