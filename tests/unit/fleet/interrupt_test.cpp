// ^C in the middle of operations over a local fleet with real agents.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/fleet/local_fleet.h"

namespace gannet::controller {
namespace {

using testing::HasSubstr;

class InterruptTest : public testing::Test {
 protected:
  InterruptTest() {
    fleet.write("file", "one\n");
    fleet.load(
        "project: test\ninventory: inventory.yaml\n"
        "strategy: { max_failures: 100, on_failure: continue, watchdog: 30s }\n"
        "services:\n  web:\n    files: [ { src: file, dest: \"@HOST@/file\" } ]\n"
        "    after: { run: \"! grep two @HOST@/file || sleep 20\" , timeout: 30s }\n");
  }

  RunSummary deploy() {
    auto context = fleet.context("deploy");
    context.jobs = 2;
    return run_deploy(context, fleet.release("v"), {});
  }

  /// Presses ^C once, `times` times, when a host comes to a phase that holds `text`.
  void interrupt_at(const std::string& text, int times) {
    fleet.reporter.on_phase = [this, text, times](const std::string&, const std::string& phase) {
      if (pressed || phase.find(text) == std::string::npos) return;
      pressed = true;
      for (int i = 0; i < times; ++i) std::raise(SIGINT);
    };
  }

  LocalFleet fleet;
  bool pressed = false;
};

TEST_F(InterruptTest, DeployPutsBackWhatIsUnderWayAndBeginsNoMore) {
  fleet.add_hosts(6);
  ASSERT_EQ(deploy().exit_code(), ExitCode::kOk);
  fleet.write("file", "two\n");
  interrupt_at("sleep", 1);
  const auto begun = std::chrono::steady_clock::now();
  const auto summary = deploy();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(14));
  EXPECT_TRUE(summary.interrupted);
  EXPECT_EQ(summary.exit_code(), ExitCode::kInterrupted);
  int skipped = 0;
  for (const auto& host : summary.hosts) {
    EXPECT_TRUE(host.outcome == Outcome::kRolledBack || host.outcome == Outcome::kSkipped)
        << host.host << " " << to_string(host.outcome) << ": " << host.message;
    skipped += host.outcome == Outcome::kSkipped ? 1 : 0;
    EXPECT_EQ(fleet.content(host.host).at("file"), "one\n") << host.message;
    EXPECT_NE(host.message, "");
  }
  EXPECT_GE(skipped, 4);
  EXPECT_EQ(fleet.store.exit_codes.back(), 130);
}

TEST_F(InterruptTest, ASecondTimeLeavesAtOnceAndSaysWhatIsNotKnown) {
  fleet.add_hosts(2);
  ExecOptions options;
  options.command = "sleep 20";
  interrupt_at("run", 2);
  auto context = fleet.context("exec");
  const auto begun = std::chrono::steady_clock::now();
  const auto output = run_exec(context, options);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
  EXPECT_EQ(output.summary.exit_code(), ExitCode::kInterrupted);
}

TEST_F(InterruptTest, ExecEndsTheCommand) {
  fleet.add_hosts(1);
  ExecOptions options;
  options.command = "sleep 20";
  interrupt_at("run", 1);
  auto context = fleet.context("exec");
  const auto begun = std::chrono::steady_clock::now();
  const auto output = run_exec(context, options);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
  EXPECT_EQ(output.summary.exit_code(), ExitCode::kInterrupted);
  for (const auto& host : output.summary.hosts) {
    EXPECT_EQ(host.outcome, Outcome::kUnknown);
    EXPECT_EQ(host.message, "interrupted during run");
  }
}

TEST_F(InterruptTest, AtTheQuestionMeansNo) {
  fleet.add_hosts(1);
  DeployOptions options;
  options.confirm = [](const PlanOutput&) {
    std::raise(SIGINT);
    return true;
  };
  auto context = fleet.context("deploy");
  const auto summary = run_deploy(context, fleet.release("v"), options);
  EXPECT_EQ(summary.exit_code(), ExitCode::kInterrupted);
  EXPECT_TRUE(fleet.content("h1").empty());
}

}  // namespace
}  // namespace gannet::controller
