#include "agent/system/system_actions.h"

#include <gtest/gtest.h>

#include "agent/system/agent_clock.h"
#include "tests/support/scripted_services.h"
#include "tests/unit/agent_system/support.h"

namespace gannet::agent {
namespace {

using protocol::EventKind;
using protocol::Severity;
using std::chrono::milliseconds;

class RecordingProgress final : public Progress {
 public:
  void event(const protocol::Event& event) override { events.push_back(event); }
  [[nodiscard]] bool stop_requested() override { return false; }
  std::vector<protocol::Event> events;
};

class SystemActionsTest : public ::testing::Test {
 protected:
  AgentClock clock_;
  ScriptedServices services_;
  SystemActions actions_{pi4(), clock_, services_};
  NoProgress nobody_;
};

TEST_F(SystemActionsTest, AHooksOutputBecomesEventsOfItsService) {
  RecordingProgress progress;
  const auto result =
      actions_.run_hook("api", {"echo out; echo err >&2; exit 4", 20'000}, progress);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->exit_code, 4);
  EXPECT_FALSE(result->ok());
  EXPECT_EQ(result->last_lines, (std::vector<std::string>{"out", "err"}));
  ASSERT_EQ(progress.events.size(), 2U);
  for (const protocol::Event& event : progress.events) EXPECT_EQ(event.service, "api");
}

TEST_F(SystemActionsTest, AHookThatTakesTooLongIsEnded) {
  const auto result = actions_.run_hook("api", {"echo begun; sleep 300", 200}, nobody_);
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->timed_out);
  EXPECT_FALSE(result->ok());
}

TEST_F(SystemActionsTest, AHookIsEndedWhenNobodyWantsIt) {
  StopAfter stop(2);
  const auto result = actions_.run_hook("api", {"sleep 300", 300'000}, stop);
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->stopped);
}

TEST_F(SystemActionsTest, KeepsTheLastTwentyLinesWithErrorsLast) {
  const auto result = actions_.run_hook("api", {"seq 1 50; echo why >&2; exit 1", 20'000}, nobody_);
  ASSERT_EQ(result->last_lines.size(), 20U);
  EXPECT_EQ(result->last_lines.front(), "32");
  EXPECT_EQ(result->last_lines.back(), "why");
}

TEST_F(SystemActionsTest, ChecksAreAnsweredInOrder) {
  actions_.note_controller_clock(1'000'000, 1'000'005);
  const auto findings = actions_.run_checks(
      {make_check(protocol::CheckKind::kTemperature), make_check(protocol::CheckKind::kClock)},
      nobody_);
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].kind, protocol::CheckKind::kTemperature);
  EXPECT_EQ(findings[1].message, "clock agrees with the controller's (5ms)");
}

TEST_F(SystemActionsTest, ChecksAreNotBegunAfterAStop) {
  StopAfter stop(0);
  const auto findings = actions_.run_checks({make_check(protocol::CheckKind::kMemory)}, stop);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::kFail);
  EXPECT_EQ(findings[0].message, "cancelled");
}

TEST_F(SystemActionsTest, WaitEndsAtItsTimeOrAtAStop) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_TRUE(actions_.wait(milliseconds(120), nobody_));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(120));
  StopAfter stop(2);
  EXPECT_FALSE(actions_.wait(std::chrono::hours(1), stop));
}

}  // namespace
}  // namespace gannet::agent
