#include "base/clock.h"

#include <array>
#include <cstdio>
#include <thread>

namespace gannet {
namespace {

std::string format(const char* pattern, WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const auto day = std::chrono::floor<std::chrono::days>(seconds);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(seconds - day);
  std::array<char, 64> text{};
  const int length = std::snprintf(
      text.data(), text.size(), pattern, static_cast<int>(date.year()),
      static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
      static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
      static_cast<int>(clock.seconds().count()));
  return {text.data(), static_cast<std::size_t>(length)};
}

}  // namespace

SteadyTime SystemClock::steady() const { return std::chrono::steady_clock::now(); }

WallTime SystemClock::wall() const { return std::chrono::system_clock::now(); }

void SystemClock::sleep_for(std::chrono::nanoseconds duration) {
  std::this_thread::sleep_for(duration);
}

std::string format_utc(WallTime time) { return format("%04d-%02u-%02uT%02d:%02d:%02dZ", time); }

std::string format_compact_utc(WallTime time) { return format("%04d%02u%02uT%02d%02d%02dZ", time); }

}  // namespace gannet
