// The agent's clock.
#pragma once

#include "base/clock.h"

namespace gannet::agent {

/// The system's clock. With GANNET_TEST_HOOKS its wall time is shifted by what the environment
/// variable GANNET_TEST_CLOCK_OFFSET_MS says; the steady time never is.
class AgentClock final : public Clock {
 public:
  AgentClock();
  [[nodiscard]] SteadyTime steady() const override { return system_.steady(); }
  [[nodiscard]] WallTime wall() const override { return system_.wall() + offset_; }
  void sleep_for(std::chrono::nanoseconds duration) override { system_.sleep_for(duration); }

 private:
  SystemClock system_;
  std::chrono::milliseconds offset_{0};
};

}  // namespace gannet::agent
