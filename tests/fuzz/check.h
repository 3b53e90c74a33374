// What all fuzz targets share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

/// Called by libFuzzer, or by replay_main.cpp for every file of the kept corpus. Returns 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace gannet::fuzz {

/// Ends the program when an invariant does not hold; both drivers report the input.
inline void require(bool holds) {
  if (!holds) std::abort();
}

/// Takes one byte from the front; 0 when there is none.
inline std::uint8_t take_byte(std::span<const std::byte>& rest) {
  if (rest.empty()) return 0;
  const auto byte = std::to_integer<std::uint8_t>(rest.front());
  rest = rest.subspan(1);
  return byte;
}

/// Takes up to `size` bytes from the front.
inline std::span<const std::byte> take(std::span<const std::byte>& rest, std::size_t size) {
  const auto taken = rest.first(size < rest.size() ? size : rest.size());
  rest = rest.subspan(taken.size());
  return taken;
}

}  // namespace gannet::fuzz
