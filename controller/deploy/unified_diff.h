// The difference between two texts, as people read it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace gannet::controller {

inline constexpr std::size_t kMaxDiffBytes = 256UL * 1024UL;  // of each side
inline constexpr std::size_t kMaxDiffLines = 5'000;           // of each side

/// True when `text` should not be shown as lines: it holds a NUL or is not UTF-8.
[[nodiscard]] bool looks_binary(std::string_view text);

/// True when both sides are within the limits above.
[[nodiscard]] bool can_diff(std::string_view before, std::string_view after);

/// Hunks with three lines of context, as `diff -u` prints them, without the two lines of file
/// names; "" when equal. A last line without a newline is marked. Texts whose difference is very
/// large are shown as removed and added as a whole. REQUIRES: can_diff().
[[nodiscard]] std::string unified_diff(std::string_view before, std::string_view after);

}  // namespace gannet::controller
