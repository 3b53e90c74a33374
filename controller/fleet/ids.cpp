#include "controller/fleet/ids.h"

#include <array>
#include <chrono>
#include <random>

namespace gannet::controller {

std::string random_hex(std::size_t bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::random_device device;
  std::string text;
  for (std::size_t i = 0; i < bytes; ++i) {
    const unsigned value = device() & 0xFFU;
    text += kDigits[value >> 4U];
    text += kDigits[value & 0xFU];
  }
  return text;
}

std::string make_id(WallTime now) { return format_compact_utc(now) + "-" + random_hex(4); }

std::int64_t wall_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

}  // namespace gannet::controller
