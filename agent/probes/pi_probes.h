// Heat and power: what small boards suffer from.
#pragma once

#include "agent/system/posix.h"
#include "protocol/check.h"

namespace gannet::agent {

/// The hottest of /sys/class/thermal; max_value 0 counts as 80 degrees. Passes, saying so, where
/// there is no sensor: most virtual machines have none.
[[nodiscard]] protocol::Finding probe_temperature(const protocol::Check& check,
                                                  const HostTree& tree);

/// Throttle flags of the Raspberry Pi's firmware: what is so now is a miss, what was so since boot
/// a warning. Passes, saying so, on other hardware.
[[nodiscard]] protocol::Finding probe_throttling(const protocol::Check& check,
                                                 const HostTree& tree);

}  // namespace gannet::agent
