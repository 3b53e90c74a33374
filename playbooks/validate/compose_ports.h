// Rules about the ports that Compose projects publish on a host.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "inventory/problem.h"
#include "playbooks/validate/compose_model.h"

namespace gannet::playbooks {

/// Ports of the host that a started service takes. Both ends are included.
struct TakenPorts {
  std::uint16_t first = 0, last = 0;
  std::string protocol;
  std::string address;  ///< empty: all
  std::string owner;    ///< `service "web"`
  inventory::SourceLocation from;
};

/// What is wrong with the ports of each service by itself.
[[nodiscard]] std::vector<inventory::Problem> check_ports(const ComposeModel& model);

/// What the active services of a project take; `name` is its service in gannet.yaml. Ports that
/// Docker chooses, and what check_ports() finds unreadable, are left out.
[[nodiscard]] std::vector<TakenPorts> taken_ports(const ComposeModel& model,
                                                  const std::string& name);

/// Pairs of which only one can have its port. Reported at the later one.
[[nodiscard]] std::vector<inventory::Problem> find_port_clashes(
    const std::vector<TakenPorts>& taken);

}  // namespace gannet::playbooks
