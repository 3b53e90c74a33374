#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/agent_core/host_test.h"

namespace gannet::agent {
namespace {

using protocol::ApplyOutcome;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::IsEmpty;

using TransactionTest = HostTest;

TEST_F(TransactionTest, WritesContentModeAndOwnerAndKeepsTheRelease) {
  auto state = host.open();
  auto wanted = release("r1", {{"/opt/app/a", "one"}, {"/opt/app/sub/b", ""}});
  wanted.files[0].mode = 0640;
  wanted.files[0].owner = "app";
  wanted.files[0].group = "web";
  wanted.files[1].owner = "app";
  deploy(*state, "t1", wanted);
  const auto files = disk.files("/opt");
  EXPECT_EQ(files.at("/opt/app/a"), (test::SeenFile{"one", 0640, 1001, 1003}));
  EXPECT_EQ(files.at("/opt/app/sub/b"), (test::SeenFile{"", 0644, 1001, 1002}));
  EXPECT_EQ(files.size(), 2U);
  const auto status = state->status({{}, true}, host.progress);
  ASSERT_TRUE(status.has_value());
  ASSERT_EQ(status->services.size(), 1U);
  EXPECT_EQ(status->services[0].current, "r1");
  EXPECT_EQ(status->services[0].kept[0].tag, "tag-r1");
  EXPECT_THAT(status->services[0].drift, IsEmpty());
  EXPECT_FALSE(status->pending.has_value());
}

TEST_F(TransactionTest, HooksRunAroundTheFilesAndAfterARestoreToo) {
  auto state = host.open();
  auto first = release("r1", {{"/opt/a", "1"}});
  first.after = {{"start 1", 1}};
  deploy(*state, "t1", first);
  auto second = release("r2", {{"/opt/a", "2"}});
  second.before = {{"stop", 1}};
  second.after = {{"start 2", 1}};
  second.on_rollback = {{"tell", 1}};
  std::vector<std::string> seen;
  host.actions.on_hook = [&](const std::string& hook) {
    seen.push_back(hook + " " + content("/opt/a"));
  };
  host.actions.failing = {"start 2"};
  const auto reply = apply(*state, "t2", second);
  EXPECT_EQ(reply.outcome, ApplyOutcome::kRestored);
  EXPECT_EQ(reply.code, Code::kCommandFailed);
  EXPECT_EQ(reply.error, "web: start 2: exit code 1");
  EXPECT_THAT(reply.last_lines, ElementsAre("no such unit"));
  EXPECT_THAT(seen, ElementsAre("stop 1", "start 2 2", "start 1 1", "tell 1"));
  EXPECT_EQ(content("/opt/a"), "1");
  EXPECT_TRUE(disk.files(std::string(kStateDir) + "/journal").empty());
}

TEST_F(TransactionTest, AfterOfAFirstReleaseRunsAgainOnlyIfItHadBegun) {
  auto state = host.open();
  auto wanted = release("r1", {{"/opt/a", "1"}});
  wanted.before = {{"check", 1}};
  wanted.after = {{"reload", 1}};
  host.actions.failing = {"check"};
  EXPECT_EQ(apply(*state, "t1", wanted).outcome, ApplyOutcome::kRestored);
  EXPECT_THAT(host.actions.ran, ElementsAre("web: check"));
  host.actions.failing = {};
  wanted.health.checks = {check_named("http")};
  host.actions.passes = [](const auto&) { return false; };
  EXPECT_EQ(apply(*state, "t2", wanted).outcome, ApplyOutcome::kRestored);
  EXPECT_THAT(host.actions.ran,
              ElementsAre("web: check", "web: check", "web: reload", "web: reload"));
  EXPECT_EQ(content("/opt/a"), "(absent)");
  EXPECT_THAT(disk.directories("/opt"), IsEmpty());
}

TEST_F(TransactionTest, UnhealthyReleaseIsPutBackAndCheckedWithThePreviousGate) {
  auto state = host.open();
  auto first = release("r1", {{"/opt/a", "1"}});
  first.health.checks = {check_named("old")};
  deploy(*state, "t1", first);
  auto second = release("r2", {{"/opt/a", "2"}});
  second.health.checks = {check_named("new")};
  std::vector<std::string> asked;
  host.actions.passes = [&](const protocol::Check& check) {
    asked.push_back(check.name);
    return check.name == "old";
  };
  auto reply = apply(*state, "t2", second);
  EXPECT_EQ(reply.outcome, ApplyOutcome::kRestored);
  EXPECT_EQ(reply.code, Code::kUnhealthy);
  EXPECT_EQ(reply.error, "web: health: new: answered 500");
  EXPECT_THAT(reply.last_lines, ElementsAre("line 1", "line 2"));
  EXPECT_EQ(asked.back(), "old");
  host.actions.passes = [](const auto&) { return false; };
  reply = apply(*state, "t3", second);
  EXPECT_EQ(reply.outcome, ApplyOutcome::kRestoreFailed);
  EXPECT_EQ(reply.restore_error, "web: health: old: answered 500\n  line 1\n  line 2");
  EXPECT_EQ(content("/opt/a"), "1");
}

TEST_F(TransactionTest, StopAtAnyQuestionPutsBack) {
  auto state = host.open();
  auto first = release("r1", {{"/opt/a", "1"}});
  deploy(*state, "t1", first);
  auto second = release("r2", {{"/opt/a", "2"}, {"/opt/b/c", "3"}});
  second.before = {{"stop", 1}};
  second.after = {{"start", 1}};
  second.health.checks = {check_named("http")};
  second.health.stable_for_ms = 500;
  int healthy_from = 0;
  for (int n = 1; n < 50 && healthy_from == 0; ++n) {
    host.progress.questions = 0;
    host.progress.stop_at = n;
    const auto reply = host.apply(*state, Host::request("t" + std::to_string(n + 1), {second}));
    if (!reply) {
      EXPECT_EQ(reply.error().code, Code::kInterrupted);
    } else if (reply->outcome == ApplyOutcome::kHealthy) {
      healthy_from = n;
      break;
    } else {
      EXPECT_EQ(reply->outcome, ApplyOutcome::kRestored);
      EXPECT_EQ(reply->code, Code::kInterrupted);
    }
    EXPECT_EQ(content("/opt/a"), "1") << n;
    EXPECT_EQ(content("/opt/b/c"), "(absent)") << n;
  }
  EXPECT_GT(healthy_from, 6);
}

TEST_F(TransactionTest, WatchdogIsArmedAfterTheJournalAndBeforeTheFirstChange) {
  auto state = host.open();
  host.watchdog.on_arm = [&] {
    EXPECT_EQ(disk.files(std::string(kStateDir) + "/journal").size(), 1U);
    EXPECT_EQ(content("/opt/a"), "(absent)");
  };
  const auto reply = apply(*state, "t1", release("r1", {{"/opt/a", "1"}}));
  EXPECT_EQ(reply.watchdog_left_ms, 60'000U);
  ASSERT_EQ(host.watchdog.armed.size(), 1U);
  EXPECT_EQ(host.watchdog.armed[0].first, "t1");
  EXPECT_EQ(host.watchdog.armed[0].second, milliseconds(60'000));
}

TEST_F(TransactionTest, WithoutAWatchdogNothingIsChanged) {
  auto state = host.open();
  host.watchdog.broken = true;
  const auto reply = host.apply(*state, Host::request("t1", {release("r1", {{"/opt/a", "1"}})}));
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().context, "arm the watchdog: fork: Cannot allocate memory");
  EXPECT_EQ(content("/opt/a"), "(absent)");
  EXPECT_TRUE(disk.files(std::string(kStateDir) + "/journal").empty());
}

TEST_F(TransactionTest, FewSyncsForManyFiles) {
  auto state = host.open();
  std::map<std::string, std::string> files;
  for (int i = 0; i < 200; ++i) files["/opt/app/" + std::to_string(i)] = std::to_string(i);
  const int before = disk.syncs();
  deploy(*state, "t1", release("r1", files));
  EXPECT_LE(disk.syncs() - before, 40);
}

}  // namespace
}  // namespace gannet::agent
