// Judges whether a unit does what a release says.
#pragma once

#include "agent/services/systemctl.h"
#include "protocol/check.h"
#include "protocol/release.h"

namespace gannet::agent {

/// `before`: the unit when the deployment began, or nullptr; restarts up to then are forgiven. A
/// finding that fails and will not pass by waiting holds kFinal (agent/core/health_gate.h).
[[nodiscard]] protocol::Finding unit_health(const protocol::UnitSpec& spec, const UnitFacts& facts,
                                            const protocol::UnitState* before);

}  // namespace gannet::agent
