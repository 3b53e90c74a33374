// What a host has left: disk, memory, processor, a right clock.
#pragma once

#include "agent/probes/run_check.h"
#include "protocol/check.h"

namespace gannet::agent {

/// Free bytes and inodes where `target` is or will be: its nearest existing parent counts.
[[nodiscard]] protocol::Finding probe_disk(const protocol::Check& check);

/// MemAvailable of /proc/meminfo.
[[nodiscard]] protocol::Finding probe_memory(const protocol::Check& check, const HostTree& tree);

/// 1-minute load per online core; max_value 0 counts as 400 (4 per core).
[[nodiscard]] protocol::Finding probe_load(const protocol::Check& check, const HostTree& tree);

/// Difference to the controller's clock; max_value 0 counts as 30 s.
[[nodiscard]] protocol::Finding probe_clock(const protocol::Check& check,
                                            const ProbeContext& context);

}  // namespace gannet::agent
