// Names that nobody else gives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/clock.h"

namespace gannet::controller {

/// `bytes` random bytes of the kernel as lower-case hex digits.
[[nodiscard]] std::string random_hex(std::size_t bytes);

/// "20261123T100112Z-7f3a9c1e": for runs, releases and transactions.
[[nodiscard]] std::string make_id(WallTime now);

/// Now, in milliseconds since 1970, UTC.
[[nodiscard]] std::int64_t wall_ms();

}  // namespace gannet::controller
