// Ports of this host: free, or served by whom they should be.
#pragma once

#include "agent/system/posix.h"
#include "protocol/check.h"

namespace gannet::agent {

/// Both look at TCP, or at UDP when `pattern` is "udp". See CheckKind::kPortFree and kPortOpen.
[[nodiscard]] protocol::Finding probe_port_free(const protocol::Check& check, const HostTree& tree);
[[nodiscard]] protocol::Finding probe_port_open(const protocol::Check& check, const HostTree& tree);

}  // namespace gannet::agent
