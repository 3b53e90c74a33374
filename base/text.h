#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gannet {

/// `text` without white space (ASCII) at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);
/// The parts between separators, empty ones too: n separators give n + 1 parts ("" gives {""}).
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);
[[nodiscard]] std::string join(std::span<const std::string> parts, std::string_view separator);

/// The candidate nearest to `word` by edit distance, if near enough to be meant (at most a third
/// of its length, at least 1); for "did you mean".
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 std::span<const std::string> candidates);

/// True when `text` matches `pattern`, in which * stands for any run and ? for one character.
[[nodiscard]] bool glob_match(std::string_view pattern, std::string_view text);

/// Reads "500ms", "5s", "2m", "1h", "1d" or a sum such as "1m30s". Errors: kInvalidInput for
/// anything else, negative or overflowing values; a bare number is refused (which unit?).
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);
/// Shortest exact form that parse_duration reads: "1m30s", "500ms", "0s".
[[nodiscard]] std::string format_duration(std::chrono::milliseconds duration);

/// Reads "512", "64K", "10MB", "1.5GiB"; K, M, G, T are powers of 1024 with or without "iB"/"B".
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);
/// At most four significant characters and a unit, for people: "1.5 GiB", "312 B".
[[nodiscard]] std::string format_size(std::uint64_t bytes);

/// True for an absolute path without empty, "." or ".." components, NUL, or a trailing slash.
/// Everything a manifest names must pass (the root "/" itself does not).
[[nodiscard]] bool is_clean_absolute_path(std::string_view path);

/// `text` as one word for a POSIX shell: unchanged if harmless, else in single quotes.
[[nodiscard]] std::string shell_quote(std::string_view text);

/// `text` with control characters (and invalid UTF-8 bytes) as \xNN, so that what a host sends
/// cannot drive the user's terminal. Keeps \n and \t.
[[nodiscard]] std::string printable(std::string_view text);

/// Number of terminal columns that UTF-8 `text` takes (wide characters count two).
[[nodiscard]] std::size_t display_width(std::string_view text);

}  // namespace gannet
