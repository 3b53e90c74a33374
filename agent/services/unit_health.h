// Judges whether a unit does what a release says.
#pragma once

#include <string>
#include <vector>

#include "agent/services/systemctl.h"
#include "protocol/check.h"
#include "protocol/release.h"

namespace gannet::agent {

/// `before`: the unit when the deployment began, or nullptr; restarts up to then are forgiven. A
/// finding that fails and will not pass by waiting holds kFinal (agent/core/health_gate.h). One
/// that fails for restarts has `restarts_here`, how many of them count.
[[nodiscard]] protocol::Finding unit_health(const protocol::UnitSpec& spec, const UnitFacts& facts,
                                            const protocol::UnitState* before);

/// How the main process ended last, by the words of systemd in the unit's journal: "main process
/// exited, code=exited, status=7/NOTRUNNING"; empty: the lines do not say.
[[nodiscard]] std::string last_exit(const std::vector<std::string>& journal);

}  // namespace gannet::agent
