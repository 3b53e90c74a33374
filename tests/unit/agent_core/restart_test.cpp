// A restart of the host that the release asked for, and those that nobody did.
#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/watchdog.h"
#include "tests/unit/agent_core/host_test.h"

namespace gannet::agent {
namespace {

using protocol::ApplyOutcome;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

/// "/opt/a" holds "1"; a release that wants "2" and a restart is ready.
class RestartTest : public HostTest {
 protected:
  RestartTest() {
    auto state = host.open();
    deploy(*state, "t1", release("r1", {{"/opt/a", "1"}}));
    wanted = release("r2", {{"/opt/a", "2"}});
    wanted.reboot_when_needed = true;
    wanted.after = {{"upgrade", 1'000}};
    wanted.health.checks = {check_named("answers")};
    host.actions.on_hook = [this](const std::string& command) {
      if (command == "upgrade") need_restart();
      if (command.find("reboot") != std::string::npos) ++restarts;
    };
    host.watchdog.armed.clear();
  }

  void need_restart() {
    disk.put("/run/reboot-required", "*** System restart required ***\n");
    disk.put("/run/reboot-required.pkgs", "linux-image-6.1\nlibc6\nlinux-image-6.1\n");
  }

  /// Up to the moment in which the host goes down.
  protocol::ApplyReply apply_and_go_down() {
    auto state = host.open();
    return apply(*state, "t2", wanted);
  }

  void come_up(const std::string& boot = "boot-2", seconds down = seconds(30)) {
    disk.put("/proc/sys/kernel/random/boot_id", boot + "\n");
    host.clock.restart(down, seconds(15));
  }

  Result<protocol::ApplyReply> go_on(HostState& state) {
    protocol::ApplyRequest request;
    request.transaction = "t2";
    request.go_on = true;
    return state.apply(request, host.progress);
  }

  protocol::Release wanted;
  int restarts = 0;
};

TEST_F(RestartTest, IsNoFailureAndGoesOnToTheCommit) {
  const auto down = apply_and_go_down();
  EXPECT_EQ(down.outcome, ApplyOutcome::kRebooting);
  EXPECT_THAT(down.last_lines, ElementsAre("linux-image-6.1", "libc6"));
  EXPECT_EQ(down.watchdog_left_ms, 240'000U);
  EXPECT_EQ(restarts, 1);
  EXPECT_EQ(host.actions.rounds, 0);  // gates before a restart would prove nothing
  EXPECT_THAT(host.progress.steps, Contains("restart the host for linux-image-6.1, libc6"));

  come_up();
  auto state = host.open();
  EXPECT_FALSE(state->recovered().has_value());
  EXPECT_TRUE(state->status({}, host.progress)->pending->rebooting);
  const auto reply = go_on(*state);
  ASSERT_TRUE(reply.has_value()) << reply.error().context;
  EXPECT_EQ(reply->outcome, ApplyOutcome::kHealthy);
  EXPECT_EQ(reply->watchdog_left_ms, 60'000U);
  EXPECT_GT(host.actions.rounds, 0);
  EXPECT_EQ(restarts, 1);
  ASSERT_TRUE(host.open()->commit({"t2"}).has_value());
  EXPECT_EQ(content("/opt/a"), "2");
}

TEST_F(RestartTest, OnlyWhenTheHostAsksForIt) {
  host.actions.on_hook = [](const std::string&) {};
  EXPECT_EQ(apply_and_go_down().outcome, ApplyOutcome::kHealthy);
}

TEST_F(RestartTest, OnlyWhenTheReleaseWantsIt) {
  wanted.reboot_when_needed = false;
  EXPECT_EQ(apply_and_go_down().outcome, ApplyOutcome::kHealthy);
  EXPECT_EQ(restarts, 0);
}

TEST_F(RestartTest, PlanNamesItWithItsReason) {
  auto state = host.open();
  const auto later = prepare(*state, {wanted});
  EXPECT_EQ(later->plans[0].actions[0].what, "restart the host if it asks for it then");
  need_restart();
  const auto now = prepare(*state, {wanted});
  ASSERT_THAT(now->plans[0].actions, SizeIs(1));
  EXPECT_EQ(now->plans[0].actions[0].what, "restart the host");
  EXPECT_EQ(now->plans[0].actions[0].why,
            "/run/reboot-required is there for linux-image-6.1, libc6");
}

TEST_F(RestartTest, WithoutPermissionPutsBackAndSaysWhy) {
  host.actions.failing = {
      "if [ -d /run/systemd/system ]; then systemctl --no-ask-password reboot; else reboot; fi"};
  const auto reply = apply_and_go_down();
  EXPECT_EQ(reply.outcome, ApplyOutcome::kRestored);
  EXPECT_EQ(reply.error, "restart the host: exit code 1");
  EXPECT_THAT(reply.last_lines, ElementsAre("no such unit"));
  EXPECT_THAT(reply.hint, HasSubstr("become: sudo"));
  EXPECT_EQ(content("/opt/a"), "1");
  EXPECT_THAT(disk.files(std::string(kStateDir) + "/journal"), IsEmpty());
}

TEST_F(RestartTest, CannotBeGoneOnWithOrCommittedBeforeItHappened) {
  static_cast<void>(apply_and_go_down());
  auto state = host.open();
  EXPECT_FALSE(state->recovered().has_value());
  EXPECT_EQ(go_on(*state).error().code, Code::kConflict);
  EXPECT_EQ(state->commit({"t2"}).error().code, Code::kConflict);
  EXPECT_EQ(content("/opt/a"), "2");
}

TEST_F(RestartTest, ArmsAWatchdogForTheTimeThatIsLeft) {
  static_cast<void>(apply_and_go_down());
  ASSERT_THAT(host.watchdog.armed, SizeIs(1));
  come_up();
  static_cast<void>(host.open());
  ASSERT_THAT(host.watchdog.armed, SizeIs(2));
  EXPECT_EQ(host.watchdog.armed[1].first, "t2");
  EXPECT_EQ(host.watchdog.armed[1].second, seconds(210));  // 30 of 240 s it was down
  static_cast<void>(host.open());
  EXPECT_THAT(host.watchdog.armed, SizeIs(2));
}

TEST_F(RestartTest, IsPutBackWhenNobodyGoesOn) {
  static_cast<void>(apply_and_go_down());
  come_up();
  static_cast<void>(host.open());
  const auto began = host.clock.steady();
  const auto end =
      run_watchdog(host.options(), disk, host.actions, host.clock, "t2", milliseconds(1'000));
  EXPECT_EQ(*end, WatchdogEnd::kRestored);
  EXPECT_GE(host.clock.steady() - began, seconds(209));
  EXPECT_LE(host.clock.steady() - began, seconds(212));
  EXPECT_EQ(content("/opt/a"), "1");
}

TEST_F(RestartTest, IsPutBackWhenTheHostWasOffTooLong) {
  static_cast<void>(apply_and_go_down());
  come_up("boot-2", minutes(5));
  auto state = host.open();
  ASSERT_TRUE(state->recovered().has_value());
  EXPECT_EQ(state->recovered()->reason, "watchdog expired after a planned restart");
  EXPECT_EQ(content("/opt/a"), "1");
  EXPECT_EQ(go_on(*state).error().code, Code::kNotFound);
  EXPECT_EQ(restarts, 1);  // going back does not restart
}

TEST_F(RestartTest, ClockThatIsBehindAtBootGivesNoMoreTime) {
  static_cast<void>(apply_and_go_down());
  come_up();
  host.clock.set_wall(WallTime(seconds(0)));  // no battery
  static_cast<void>(host.open());
  ASSERT_THAT(host.watchdog.armed, SizeIs(2));
  EXPECT_EQ(host.watchdog.armed[1].second, seconds(225));  // since the boot
}

TEST_F(RestartTest, AnotherRestartPutsBack) {
  static_cast<void>(apply_and_go_down());
  come_up("boot-2");
  static_cast<void>(host.open());
  come_up("boot-3", seconds(10));
  auto state = host.open();
  ASSERT_TRUE(state->recovered().has_value());
  EXPECT_EQ(state->recovered()->reason, "host rebooted again after its planned restart");
  EXPECT_EQ(content("/opt/a"), "1");
}

TEST_F(RestartTest, AnotherRestartBeforeTheCommitPutsBack) {
  static_cast<void>(apply_and_go_down());
  come_up("boot-2");
  EXPECT_TRUE(go_on(*host.open()).has_value());
  come_up("boot-3", seconds(10));
  EXPECT_EQ(host.open()->recovered()->reason, "host rebooted");
  EXPECT_EQ(content("/opt/a"), "1");
}

TEST_F(RestartTest, UnhealthyAfterwardsPutsBack) {
  static_cast<void>(apply_and_go_down());
  come_up();
  wanted.health.timeout_ms = 1'000;
  host.actions.passes = [this](const protocol::Check&) { return content("/opt/a") == "1"; };
  auto state = host.open();
  const auto reply = go_on(*state);
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->outcome, ApplyOutcome::kRestored);
  EXPECT_THAT(reply->error, HasSubstr("answered 500"));
  EXPECT_EQ(content("/opt/a"), "1");
}

TEST_F(RestartTest, HostThatNeverGoesDownIsPutBack) {
  static_cast<void>(apply_and_go_down());
  host.clock.advance(seconds(241));
  EXPECT_EQ(host.open()->recovered()->reason, "the host did not restart in time");
  EXPECT_EQ(content("/opt/a"), "1");
}

TEST_F(RestartTest, BrokenWatchdogAfterwardsPutsBack) {
  static_cast<void>(apply_and_go_down());
  come_up();
  host.watchdog.broken = true;
  auto state = host.open();
  EXPECT_THAT(state->recovered()->reason, HasSubstr("no watchdog after the planned restart"));
  EXPECT_EQ(content("/opt/a"), "1");
}

// ---- hooks of a way back --------------------------------------------------------------------

TEST_F(RestartTest, HooksThatFailWhileGoingBackShowWhatTheyPrinted) {
  wanted.reboot_when_needed = false;
  wanted.on_rollback = {{"tidy up", 1'000}};
  wanted.health.timeout_ms = 1'000;
  host.actions.failing = {"tidy up"};
  host.actions.passes = [](const protocol::Check&) { return false; };
  const auto reply = apply_and_go_down();
  EXPECT_EQ(reply.outcome, ApplyOutcome::kRestoreFailed);
  EXPECT_EQ(reply.restore_error, "web: tidy up: exit code 1\n  no such unit");
}

}  // namespace
}  // namespace gannet::agent
