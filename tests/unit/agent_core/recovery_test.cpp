#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/watchdog.h"
#include "tests/unit/agent_core/host_test.h"

namespace gannet::agent {
namespace {

using protocol::ApplyOutcome;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;

using RecoveryTest = HostTest;

TEST_F(RecoveryTest, PendingTransactionLocksAndSaysWhoSinceWhenAndWhy) {
  auto state = host.open();
  EXPECT_EQ(apply(*state, "t1", release("r1", {{"/opt/a", "1"}})).outcome, ApplyOutcome::kHealthy);
  auto other = host.open();
  const auto refused = prepare(*other, {release("r2", {{"/opt/a", "2"}})});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kLocked);
  EXPECT_EQ(refused.error().context,
            "locked by alice@laptop since 2026-11-23T10:01:12Z: deploy v1 (run run-1), waits for "
            "its commit until 2026-11-23T10:02:12Z");
  const auto status = other->status({}, host.progress);
  ASSERT_TRUE(status->pending.has_value());
  EXPECT_EQ(status->pending->transaction, "t1");
  EXPECT_EQ(state->apply(Host::request("t2", {}), host.progress).error().code, Code::kLocked);
}

TEST_F(RecoveryTest, TwoAtOnceOneHoldsTheLock) {
  auto state = host.open();
  auto other = host.open();
  auto wanted = release("r1", {{"/opt/a", "1"}});
  wanted.after = {{"reload", 1}};
  host.actions.on_hook = [&](const std::string&) {
    EXPECT_TRUE(host.try_open().has_value());  // finds the journal, and somebody alive with it
    const auto refused = other->commit({"t1"});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().context,
              "locked by alice@laptop since 2026-11-23T10:01:12Z: deploy v1 (run run-1)");
  };
  EXPECT_EQ(apply(*state, "t1", wanted).outcome, ApplyOutcome::kHealthy);
  EXPECT_EQ(content("/opt/a"), "1");
}

TEST_F(RecoveryTest, OperatorsLockRefusesUntilItExpires) {
  auto state = host.open();
  ASSERT_TRUE(state->lock({"moving house", "bob@desk", 60'000}).has_value());
  const auto refused = prepare(*state, {release("r1", {{"/opt/a", "1"}})});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kLocked);
  EXPECT_EQ(refused.error().context,
            "locked by bob@desk since 2026-11-23T10:01:12Z, until 2026-11-23T10:02:12Z: "
            "moving house");
  EXPECT_EQ(state->status({}, host.progress)->lock->reason, "moving house");
  host.clock.advance(std::chrono::seconds(61));
  EXPECT_TRUE(prepare(*state, {release("r1", {{"/opt/a", "1"}})}).has_value());
  ASSERT_TRUE(state->lock({"again", "", 0}).has_value());
  const auto previous = state->unlock();
  EXPECT_EQ(previous->previous->who, "alice@laptop");
  EXPECT_FALSE(state->unlock()->previous.has_value());
}

TEST_F(RecoveryTest, ExpiredTransactionIsPutBackByTheNextStart) {
  auto state = host.open();
  deploy(*state, "t1", release("r1", {{"/opt/a", "1"}}));
  EXPECT_EQ(apply(*state, "t2", release("r2", {{"/opt/a", "2"}})).outcome, ApplyOutcome::kHealthy);
  EXPECT_FALSE(host.open()->recovered().has_value());
  EXPECT_EQ(content("/opt/a"), "2");
  host.clock.advance(std::chrono::seconds(61));
  EXPECT_EQ(state->commit({"t2"}).error().code, Code::kConflict);
  auto next = host.open();
  ASSERT_TRUE(next->recovered().has_value());
  EXPECT_EQ(next->recovered()->reason, "watchdog expired");
  EXPECT_THAT(next->recovered()->services, ElementsAre("web"));
  EXPECT_TRUE(next->recovered()->healthy);
  EXPECT_EQ(content("/opt/a"), "1");
  EXPECT_EQ(next->status({}, host.progress)->last_recovery, next->recovered());
  EXPECT_EQ(next->commit({"t2"}).error().code, Code::kNotFound);
  deploy(*next, "t3", release("r3", {{"/opt/a", "3"}}));
  EXPECT_FALSE(next->status({}, host.progress)->last_recovery.has_value());
}

TEST_F(RecoveryTest, RebootPutsBackButAWallClockThatJumpsDoesNot) {
  auto state = host.open();
  EXPECT_EQ(apply(*state, "t1", release("r1", {{"/opt/a", "1"}})).outcome, ApplyOutcome::kHealthy);
  host.clock.set_wall(host.clock.wall() + std::chrono::hours(24 * 365));
  EXPECT_FALSE(host.open()->recovered().has_value());
  disk.put("/proc/sys/kernel/random/boot_id", "boot-2\n");
  auto next = host.open();
  ASSERT_TRUE(next->recovered().has_value());
  EXPECT_EQ(next->recovered()->reason, "host rebooted");
  EXPECT_EQ(content("/opt/a"), "(absent)");
}

TEST_F(RecoveryTest, WatchdogRestoresAtItsDeadlineWithNobodyThere) {
  auto state = host.open();
  EXPECT_EQ(apply(*state, "t1", release("r1", {{"/opt/a", "1"}})).outcome, ApplyOutcome::kHealthy);
  const auto began = host.clock.steady();
  const auto end =
      run_watchdog(host.options(), disk, host.actions, host.clock, "t1", milliseconds(60'000));
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(*end, WatchdogEnd::kRestored);
  EXPECT_LE(host.clock.steady() - began, milliseconds(60'400));
  EXPECT_EQ(content("/opt/a"), "(absent)");
  EXPECT_EQ(host.open()->status({}, host.progress)->last_recovery->reason, "watchdog expired");
  EXPECT_EQ(*run_watchdog(host.options(), disk, host.actions, host.clock, "t1", milliseconds(1)),
            WatchdogEnd::kDisarmed);
}

TEST_F(RecoveryTest, WatchdogGivesASlowApplyItsTimeToCommit) {
  auto state = host.open();
  auto wanted = release("r1", {{"/opt/a", "1"}});
  wanted.after = {{"slow", 1}};
  host.actions.on_hook = [&](const std::string&) { host.clock.advance(std::chrono::seconds(50)); };
  EXPECT_EQ(apply(*state, "t1", wanted).outcome, ApplyOutcome::kHealthy);
  host.actions.on_hook = [](const std::string&) {};
  const auto began = host.clock.steady();
  EXPECT_EQ(
      *run_watchdog(host.options(), disk, host.actions, host.clock, "t1", milliseconds(10'000)),
      WatchdogEnd::kRestored);
  EXPECT_GE(host.clock.steady() - began, milliseconds(60'000));
}

TEST_F(RecoveryTest, CommitTwiceAnswersTheSame) {
  auto state = host.open();
  EXPECT_EQ(apply(*state, "t1", release("r1", {{"/opt/a", "1"}})).outcome, ApplyOutcome::kHealthy);
  const auto first = host.open()->commit({"t1"});
  const auto second = host.open()->commit({"t1"});
  ASSERT_TRUE(second.has_value());
  EXPECT_THAT(first->releases, ElementsAre("r1"));
  EXPECT_EQ(second->releases, first->releases);
  EXPECT_EQ(*run_watchdog(host.options(), disk, host.actions, host.clock, "t1", milliseconds(1)),
            WatchdogEnd::kDisarmed);
}

TEST_F(RecoveryTest, RestoreIsFineTwice) {
  auto state = host.open();
  EXPECT_EQ(apply(*state, "t1", release("r1", {{"/opt/a", "1"}})).outcome, ApplyOutcome::kHealthy);
  const auto first = state->restore({"t1", "fleet budget"}, host.progress);
  EXPECT_TRUE(first->restored);
  EXPECT_TRUE(first->healthy);
  EXPECT_FALSE(state->restore({"t1", "fleet budget"}, host.progress)->restored);
  EXPECT_EQ(content("/opt/a"), "(absent)");
}

TEST_F(RecoveryTest, DamagedJournalIsNamedAndNotGuessed) {
  auto state = host.open();
  EXPECT_EQ(apply(*state, "t1", release("r1", {{"/opt/a", "1"}})).outcome, ApplyOutcome::kHealthy);
  disk.put(std::string(kStateDir) + "/journal/t1", "GNTJRNL1 and nonsense");
  const auto refused = host.try_open();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kCorrupt);
  EXPECT_THAT(refused.error().context, HasSubstr("/var/lib/gannet/journal/t1: wrong length"));
}

}  // namespace
}  // namespace gannet::agent
