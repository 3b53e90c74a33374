// What runs on this host: processes, systemd units, and commands that tell.
#pragma once

#include "agent/probes/run_check.h"
#include "protocol/check.h"

namespace gannet::agent {

/// `target` runs: a name as in /proc/<pid>/comm, or the absolute path of an executable. Zombies
/// do not count.
[[nodiscard]] protocol::Finding probe_process(const protocol::Check& check, const HostTree& tree);

/// systemd says that unit `target` is active.
[[nodiscard]] protocol::Finding probe_unit(const protocol::Check& check,
                                           const ProbeContext& context);

/// Shell command `target` exits with `expect`.
[[nodiscard]] protocol::Finding probe_command(const protocol::Check& check,
                                              const ProbeContext& context);

}  // namespace gannet::agent
