// Whether a host can run the units of a release.
#pragma once

#include <vector>

#include "agent/progress.h"
#include "agent/service_manager.h"
#include "agent/services/systemctl.h"
#include "agent/services/tool.h"
#include "agent/system/posix.h"
#include "protocol/check.h"

namespace gannet::agent {

/// What units need of their host, besides themselves.
struct UnitHost {
  Tools& tools;
  const HostTree& tree;
  std::uint32_t uid = 0;  ///< of the agent's user
};

/// Findings that fail or warn; none for a release without units.
[[nodiscard]] std::vector<protocol::Finding> unit_preflight(const ServiceChange& change,
                                                            Systemctl& systemctl, UnitHost host,
                                                            Progress& progress);

}  // namespace gannet::agent
