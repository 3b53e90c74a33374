#pragma once

#include <chrono>
#include <string>

namespace gannet {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// The door to time, so that tests can hold it still. FakeClock lives in tests/support.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual SteadyTime steady() const = 0;
  [[nodiscard]] virtual WallTime wall() const = 0;
  virtual void sleep_for(std::chrono::nanoseconds duration) = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady() const override;
  [[nodiscard]] WallTime wall() const override;
  void sleep_for(std::chrono::nanoseconds duration) override;
};

/// UTC, seconds: "2026-11-23T10:01:12Z".
[[nodiscard]] std::string format_utc(WallTime time);

/// UTC, no separators, for names of releases and runs: "20261123T100112Z".
[[nodiscard]] std::string format_compact_utc(WallTime time);

}  // namespace gannet
