// Brings units back to what they were.
#pragma once

#include <vector>

#include "agent/progress.h"
#include "agent/service_manager.h"
#include "agent/services/systemctl.h"
#include "protocol/activation.h"

namespace gannet::agent {

/// After their files are back: each of `units` that was there in `before` starts at boot as it
/// did, and is active as it was; a start that was made since then is not trusted. Units that were
/// not there are forgotten. `releases`: those of both sides, which name the units. Goes on after an
/// error and returns the first.
[[nodiscard]] Outcome bring_units_back(const std::vector<protocol::UnitSpec>& units,
                                       const std::vector<const protocol::Release*>& releases,
                                       const protocol::RuntimeState& before, Systemctl& systemctl,
                                       Progress& progress);

}  // namespace gannet::agent
