// Durations and sizes: text <-> numbers.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/text.h"

namespace gannet {
namespace {

struct TimeUnit {
  std::string_view name;
  std::int64_t ms;
};

constexpr std::array<TimeUnit, 5> kTimeUnits{
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

constexpr std::string_view kSizeLetters = "KMGT";

tl::unexpected<Error> bad_duration(std::string_view text, std::string_view why) {
  return fail(Code::kInvalidInput,
              "\"" + printable(text) + "\" is not a duration: " + std::string(why),
              "write a number and a unit, for example 500ms, 30s, 5m or 1h30m");
}

tl::unexpected<Error> bad_size(std::string_view text, std::string_view why) {
  return fail(Code::kInvalidInput, "\"" + printable(text) + "\" is not a size: " + std::string(why),
              "write a number and a unit, for example 512K, 100MB or 1.5GiB");
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view take_while(std::string_view& text, bool (*wanted)(char)) {
  const auto end = std::find_if_not(text.begin(), text.end(), wanted);
  const std::string_view taken = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(taken.size());
  return taken;
}

/// nullopt on overflow. `digits` holds digits only, at least one.
template <class Number>
std::optional<Number> to_number(std::string_view digits) {
  Number value{};
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc()) return std::nullopt;
  return value;
}

/// Power of 1024 that a unit such as "", "B", "k", "MB" or "GiB" stands for.
std::optional<unsigned> size_power(std::string_view unit) {
  if (unit.empty() || unit == "B" || unit == "b") return 0;
  const char letter = static_cast<char>(unit[0] >= 'a' ? unit[0] - 'a' + 'A' : unit[0]);
  const std::size_t index = kSizeLetters.find(letter);
  const std::string_view rest = unit.substr(1);
  if (index == std::string_view::npos) return std::nullopt;
  if (rest != "" && rest != "B" && rest != "b" && rest != "iB" && rest != "ib" && rest != "i") {
    return std::nullopt;
  }
  return static_cast<unsigned>(index) + 1;
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
  std::string_view rest = trim(text);
  std::int64_t total = 0;
  std::size_t next_unit = 0;  // units go from large to small, none twice
  if (rest.empty()) return bad_duration(text, "it is empty");
  while (!rest.empty()) {
    const std::string_view digits = take_while(rest, is_digit);
    if (digits.empty()) return bad_duration(text, "a number was expected");
    const std::string_view name = take_while(rest, [](char c) { return !is_digit(c); });
    if (name.empty()) return bad_duration(text, "it has no unit");
    std::size_t unit = next_unit;
    while (unit < kTimeUnits.size() && kTimeUnits[unit].name != name) ++unit;
    if (unit == kTimeUnits.size()) {
      return bad_duration(text, "units are d, h, m, s and ms, each once and in this order");
    }
    const auto number = to_number<std::int64_t>(digits);
    if (!number || *number > (kMax - total) / kTimeUnits[unit].ms) {
      return bad_duration(text, "it is too long");
    }
    total += *number * kTimeUnits[unit].ms;
    next_unit = unit + 1;
  }
  return std::chrono::milliseconds(total);
}

std::string format_duration(std::chrono::milliseconds duration) {
  if (duration.count() == 0) return "0s";
  std::string text = duration.count() < 0 ? "-" : "";
  std::uint64_t left = static_cast<std::uint64_t>(duration.count());
  if (duration.count() < 0) left = 0 - left;
  for (const TimeUnit& unit : kTimeUnits) {
    const std::uint64_t count = left / static_cast<std::uint64_t>(unit.ms);
    left %= static_cast<std::uint64_t>(unit.ms);
    if (count != 0) text.append(std::to_string(count)).append(unit.name);
  }
  return text;
}

Result<std::uint64_t> parse_size(std::string_view text) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  constexpr std::size_t kMaxDecimals = 6;  // so that decimals * 2^40 fits 64 bits
  std::string_view rest = trim(text);
  const std::string_view digits = take_while(rest, is_digit);
  if (digits.empty()) return bad_size(text, "it does not begin with a number");
  std::string_view decimals;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    decimals = take_while(rest, is_digit);
    if (decimals.empty()) return bad_size(text, "digits must follow the point");
    if (decimals.size() > kMaxDecimals) return bad_size(text, "at most six decimals are allowed");
  }
  const std::optional<unsigned> power = size_power(trim(rest));
  if (!power) return bad_size(text, "units are B, K, M, G and T (KB and KiB mean the same)");
  if (*power == 0 && !decimals.empty()) return bad_size(text, "there is no part of a byte");
  const std::uint64_t unit = std::uint64_t{1} << (10 * *power);
  std::uint64_t part = 0;
  std::uint64_t scale = 1;
  for (const char digit : decimals) {
    part = part * 10 + static_cast<std::uint64_t>(digit - '0');
    scale *= 10;
  }
  const auto whole = to_number<std::uint64_t>(digits);
  const std::uint64_t extra = part * unit / scale;
  if (!whole || *whole > (kMax - extra) / unit) return bad_size(text, "it is too large");
  return *whole * unit + extra;
}

std::string format_size(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 7> kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return std::to_string(bytes) + " B";
  // Tenths of the unit, rounded; the next unit when rounding reaches 1024.
  std::size_t unit = 1;
  long double value = static_cast<long double>(bytes) / 1024;
  while (unit + 1 < kUnits.size() && value >= 1023.5L) {
    value /= 1024;
    ++unit;
  }
  const auto tenths = std::llround(value * 10);
  std::string text =
      tenths < 1000 ? std::to_string(tenths / 10) : std::to_string(std::llround(value));
  if (tenths < 1000 && tenths % 10 != 0) text += "." + std::to_string(tenths % 10);
  return text.append(" ").append(kUnits[unit]);
}

}  // namespace gannet
