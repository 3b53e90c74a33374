// Time that moves only when a test says so.
#pragma once

#include <chrono>

#include "base/clock.h"

namespace gannet::test {

class FakeClock final : public Clock {
 public:
  [[nodiscard]] SteadyTime steady() const override { return steady_; }
  [[nodiscard]] WallTime wall() const override { return wall_; }
  /// Does not sleep: the time is over at once.
  void sleep_for(std::chrono::nanoseconds duration) override { advance(duration); }

  void advance(std::chrono::nanoseconds duration) {
    steady_ += std::chrono::duration_cast<SteadyTime::duration>(duration);
    wall_ += duration;
  }
  /// As when NTP sets the clock: steady time does not notice.
  void set_wall(WallTime time) { wall_ = time; }
  /// As when the machine starts: steady time begins anew.
  void restart(std::chrono::nanoseconds down, std::chrono::nanoseconds since_boot) {
    wall_ += down;
    steady_ = SteadyTime(std::chrono::duration_cast<SteadyTime::duration>(since_boot));
  }

 private:
  SteadyTime steady_{std::chrono::hours(1)};
  WallTime wall_{std::chrono::seconds(1'795'428'072)};  // 2026-11-23T10:01:12Z
};

}  // namespace gannet::test
