#include "agent/core/health_gate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/memory_file_system.h"
#include "tests/unit/agent_core/host_fixture.h"

namespace gannet::agent {
namespace {

using std::chrono::milliseconds;

class HealthGateTest : public testing::Test {
 protected:
  static protocol::Release gate(const std::string& service, std::uint64_t stable,
                                std::uint64_t timeout) {
    protocol::Release release;
    release.service = service;
    release.health = {{check_named(service + " http")}, stable, timeout};
    return release;
  }
  GateResult run(const std::vector<protocol::Release>& releases) {
    began_ = clock_.steady();
    std::vector<GateSubject> subjects;
    for (const auto& release : releases) subjects.push_back({&release, {}, &before_});
    return run_gates(subjects, actions_, clock_, progress_);
  }
  [[nodiscard]] milliseconds took() const {
    return std::chrono::duration_cast<milliseconds>(clock_.steady() - began_);
  }

  test::FakeClock clock_;
  ScriptedActions actions_{clock_};
  StoppingProgress progress_;
  protocol::RuntimeState before_;
  SteadyTime began_;
};

TEST_F(HealthGateTest, PassesAtOnceWithoutChecks) {
  auto release = gate("web", 5'000, 60'000);
  release.health.checks.clear();
  EXPECT_TRUE(run({release}).healthy);
  EXPECT_EQ(took(), milliseconds(0));
  EXPECT_EQ(actions_.rounds, 0);
}

TEST_F(HealthGateTest, TakesTheStableTimeAtFiveRoundsASecond) {
  EXPECT_TRUE(run({gate("web", 2'000, 60'000)}).healthy);
  EXPECT_EQ(took(), milliseconds(2'000));
  EXPECT_EQ(actions_.rounds, 11);
  EXPECT_EQ(progress_.steps.front(), "health 0.0/2.0 s");
  EXPECT_EQ(progress_.steps.back(), "health 2.0/2.0 s");
}

TEST_F(HealthGateTest, StartsOverAfterAnInterruption) {
  actions_.passes = [this](const auto&) { return actions_.rounds != 8; };
  EXPECT_TRUE(run({gate("web", 2'000, 60'000)}).healthy);
  EXPECT_EQ(took(), milliseconds(3'600));
}

TEST_F(HealthGateTest, EndsAtItsTimeoutNamingTheCheck) {
  actions_.passes = [](const auto&) { return false; };
  const GateResult result = run({gate("web", 1'000, 3'000)});
  EXPECT_FALSE(result.healthy);
  EXPECT_EQ(result.code, Code::kUnhealthy);
  EXPECT_EQ(result.error, "web: health: web http: answered 500");
  EXPECT_EQ(result.hint, "look at its log");
  EXPECT_EQ(took(), milliseconds(3'000));
  ASSERT_EQ(result.findings.size(), 1U);
}

TEST_F(HealthGateTest, SaysSoWhenItComesAndGoes) {
  actions_.passes = [this](const auto&) { return actions_.rounds % 4 != 0; };
  const GateResult result = run({gate("web", 1'000, 3'000)});
  EXPECT_FALSE(result.healthy);
  EXPECT_EQ(took(), milliseconds(3'000));
}

TEST_F(HealthGateTest, ServicesBecomeStableSideBySide) {
  EXPECT_TRUE(run({gate("web", 2'000, 60'000), gate("api", 3'000, 60'000)}).healthy);
  EXPECT_EQ(took(), milliseconds(3'000));
}

TEST_F(HealthGateTest, StopsWhenNobodyWantsToKnow) {
  progress_.stop_at = 5;
  const GateResult result = run({gate("web", 60'000, 90'000)});
  EXPECT_FALSE(result.healthy);
  EXPECT_TRUE(result.stopped);
  EXPECT_LE(took(), milliseconds(1'000));
}

}  // namespace
}  // namespace gannet::agent
