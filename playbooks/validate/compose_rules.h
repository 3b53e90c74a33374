// Rules about Compose projects that need no other service: all but ports taken twice.
#pragma once

#include <vector>

#include "inventory/problem.h"
#include "playbooks/validate/compose_model.h"

namespace gannet::playbooks {

/// All findings in the Compose project of `service`, whose model is `model`. Without source lines.
[[nodiscard]] std::vector<inventory::Problem> check_compose(const ComposeModel& model,
                                                            const RenderedService& service);

}  // namespace gannet::playbooks
