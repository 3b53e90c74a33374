// What is wrong in single services of a Compose project: names, mounts, health, restarts.
#pragma once

#include <vector>

#include "inventory/problem.h"
#include "playbooks/validate/compose_model.h"

namespace gannet::playbooks {

/// Findings of GN-NAME, GN-HEALTH, GN-RESTART and GN-VOL-005, service by service.
[[nodiscard]] std::vector<inventory::Problem> check_compose_services(const ComposeModel& model);

}  // namespace gannet::playbooks
