#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/watchdog.h"
#include "tests/support/memory_file_system.h"
#include "tests/unit/agent_core/host_fixture.h"

namespace gannet::agent {
namespace {

using protocol::ApplyOutcome;
using protocol::ChangeKind;
using std::chrono::milliseconds;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TransactionTest : public testing::Test {
 protected:
  TransactionTest() {
    disk.put("/etc/passwd", "root:x:0:0::/root:/bin/sh\napp:x:1001:1002::/:/bin/sh\n");
    disk.put("/etc/group", "root:x:0:\napp:x:1002:\nweb:x:1003:app\n");
    disk.put("/proc/sys/kernel/random/boot_id", "boot-1\n");
  }

  protocol::Release release(const std::string& id,
                            const std::map<std::string, std::string>& files) {
    return host.contents.release("web", id, files);
  }
  protocol::ApplyReply apply(HostState& state, const std::string& transaction,
                             const protocol::Release& wanted) {
    auto reply = host.apply(state, Host::request(transaction, {wanted}));
    EXPECT_TRUE(reply.has_value()) << (reply ? "" : reply.error().context);
    return reply ? *reply : protocol::ApplyReply{};
  }
  void deploy(HostState& state, const std::string& transaction, const protocol::Release& wanted) {
    const auto reply = host.deploy(state, transaction, {wanted});
    ASSERT_TRUE(reply.has_value()) << reply.error().context;
  }
  Result<protocol::PrepareReply> prepare(HostState& state, std::vector<protocol::Release> wanted) {
    protocol::PrepareRequest request;
    request.releases = std::move(wanted);
    return state.prepare(request, host.progress);
  }
  std::string content(const std::string& path) {
    const auto files = disk.files(path);
    const auto found = files.find(path);
    return found == files.end() ? "(absent)" : found->second.content;
  }

  test::MemoryFileSystem disk;
  Host host{disk};
};

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
  const auto status = state->status({{}, true});
  ASSERT_TRUE(status.has_value());
  ASSERT_EQ(status->services.size(), 1U);
  EXPECT_EQ(status->services[0].current, "r1");
  EXPECT_EQ(status->services[0].kept[0].tag, "tag-r1");
  EXPECT_THAT(status->services[0].drift, IsEmpty());
  EXPECT_FALSE(status->pending.has_value());
}

TEST_F(TransactionTest, SecondDeployOfTheSameNeedsNothing) {
  auto state = host.open();
  deploy(*state, "t1", release("r1", {{"/opt/a", "one"}}));
  const auto reply = prepare(*state, {release("r2", {{"/opt/a", "one"}})});
  ASSERT_TRUE(reply.has_value());
  EXPECT_THAT(reply->missing, IsEmpty());
  EXPECT_THAT(reply->plans[0].files, IsEmpty());
  EXPECT_FALSE(reply->plans[0].definition_changed);
  EXPECT_EQ(reply->plans[0].current, "r1");
}

TEST_F(TransactionTest, PlanNamesEveryKindOfChange) {
  disk.put("/opt/found", "somebody's", 0600);
  auto state = host.open();
  deploy(*state, "t1", release("r1", {{"/opt/attr", "a"}, {"/opt/gone", "g"}, {"/opt/mod", "1"}}));
  auto wanted = release(
      "r2", {{"/opt/attr", "a"}, {"/opt/found", "f"}, {"/opt/mod", "2"}, {"/opt/new", "n"}});
  wanted.files[0].mode = 0600;
  wanted.after = {{"reload", 1}};
  const auto reply = prepare(*state, {wanted});
  ASSERT_TRUE(reply.has_value());
  const auto& files = reply->plans[0].files;
  ASSERT_EQ(files.size(), 5U);
  EXPECT_EQ(files[0].kind, ChangeKind::kAttributes);
  EXPECT_EQ(files[0].old_mode, 0644U);
  EXPECT_EQ(files[1].kind, ChangeKind::kModify);
  EXPECT_TRUE(files[1].unmanaged);
  EXPECT_EQ(files[1].old_owner, "root:root");
  EXPECT_EQ(files[2].kind, ChangeKind::kRemove);
  EXPECT_EQ(files[3].kind, ChangeKind::kModify);
  EXPECT_FALSE(files[3].unmanaged);
  EXPECT_EQ(files[3].old_digest, sha256("1").hex());
  EXPECT_EQ(files[4].kind, ChangeKind::kAdd);
  EXPECT_TRUE(reply->plans[0].definition_changed);
  EXPECT_EQ(reply->missing.size(), 3U);
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
  EXPECT_EQ(reply.restore_error, "web: health: old: answered 500");
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

TEST_F(TransactionTest, PendingTransactionLocksAndSaysWhoSinceWhenAndWhy) {
  auto state = host.open();
  EXPECT_EQ(apply(*state, "t1", release("r1", {{"/opt/a", "1"}})).outcome, ApplyOutcome::kHealthy);
  auto other = host.open();
  const auto refused = prepare(*other, {release("r2", {{"/opt/a", "2"}})});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kLocked);
  EXPECT_EQ(refused.error().context,
            "locked by alice@laptop since 2026-11-23T10:01:12Z: deploy v1 (run run-1), waits for "
            "its commit until 2026-11-23T10:02:12Z");
  const auto status = other->status({});
  ASSERT_TRUE(status->pending.has_value());
  EXPECT_EQ(status->pending->transaction, "t1");
  EXPECT_EQ(state->apply(Host::request("t2", {}), host.progress).error().code, Code::kLocked);
}

TEST_F(TransactionTest, TwoAtOnceOneHoldsTheLock) {
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

TEST_F(TransactionTest, OperatorsLockRefusesUntilItExpires) {
  auto state = host.open();
  ASSERT_TRUE(state->lock({"moving house", "bob@desk", 60'000}).has_value());
  const auto refused = prepare(*state, {release("r1", {{"/opt/a", "1"}})});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kLocked);
  EXPECT_EQ(refused.error().context,
            "locked by bob@desk since 2026-11-23T10:01:12Z, until 2026-11-23T10:02:12Z: "
            "moving house");
  EXPECT_EQ(state->status({})->lock->reason, "moving house");
  host.clock.advance(std::chrono::seconds(61));
  EXPECT_TRUE(prepare(*state, {release("r1", {{"/opt/a", "1"}})}).has_value());
  ASSERT_TRUE(state->lock({"again", "", 0}).has_value());
  const auto previous = state->unlock();
  EXPECT_EQ(previous->previous->who, "alice@laptop");
  EXPECT_FALSE(state->unlock()->previous.has_value());
}

TEST_F(TransactionTest, ExpiredTransactionIsPutBackByTheNextStart) {
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
  EXPECT_EQ(next->status({})->last_recovery, next->recovered());
  EXPECT_EQ(next->commit({"t2"}).error().code, Code::kNotFound);
  deploy(*next, "t3", release("r3", {{"/opt/a", "3"}}));
  EXPECT_FALSE(next->status({})->last_recovery.has_value());
}

TEST_F(TransactionTest, RebootPutsBackButAWallClockThatJumpsDoesNot) {
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

TEST_F(TransactionTest, WatchdogRestoresAtItsDeadlineWithNobodyThere) {
  auto state = host.open();
  EXPECT_EQ(apply(*state, "t1", release("r1", {{"/opt/a", "1"}})).outcome, ApplyOutcome::kHealthy);
  const auto began = host.clock.steady();
  const auto end =
      run_watchdog(host.options(), disk, host.actions, host.clock, "t1", milliseconds(60'000));
  ASSERT_TRUE(end.has_value());
  EXPECT_EQ(*end, WatchdogEnd::kRestored);
  EXPECT_LE(host.clock.steady() - began, milliseconds(60'400));
  EXPECT_EQ(content("/opt/a"), "(absent)");
  EXPECT_EQ(host.open()->status({})->last_recovery->reason, "watchdog expired");
  EXPECT_EQ(*run_watchdog(host.options(), disk, host.actions, host.clock, "t1", milliseconds(1)),
            WatchdogEnd::kDisarmed);
}

TEST_F(TransactionTest, WatchdogGivesASlowApplyItsTimeToCommit) {
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

TEST_F(TransactionTest, CommitTwiceAnswersTheSame) {
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

TEST_F(TransactionTest, RestoreIsFineTwice) {
  auto state = host.open();
  EXPECT_EQ(apply(*state, "t1", release("r1", {{"/opt/a", "1"}})).outcome, ApplyOutcome::kHealthy);
  const auto first = state->restore({"t1", "fleet budget"}, host.progress);
  EXPECT_TRUE(first->restored);
  EXPECT_TRUE(first->healthy);
  EXPECT_FALSE(state->restore({"t1", "fleet budget"}, host.progress)->restored);
  EXPECT_EQ(content("/opt/a"), "(absent)");
}

TEST_F(TransactionTest, PruneKeepsWhatKeptReleasesNeed) {
  auto state = host.open();
  for (int i = 1; i <= 5; ++i) {
    const std::string n = std::to_string(i);
    auto request = Host::request("t" + n, {release("r" + n, {{"/opt/a", n}, {"/opt/same", "s"}})});
    request.keep_releases = 2;
    ASSERT_TRUE(host.apply(*state, request).has_value());
    const auto reply = state->commit({"t" + n});
    EXPECT_EQ(reply->pruned, i > 2 ? 1U : 0U);
    host.clock.advance(std::chrono::seconds(1));
  }
  EXPECT_EQ(disk.files(std::string(kStateDir) + "/blobs").size(), 3U);
  const auto previous = state->get_release({"web", ""});
  ASSERT_TRUE(previous.has_value());
  EXPECT_EQ(previous->release.id, "r4");
  EXPECT_THAT(previous->problems, IsEmpty());
  EXPECT_EQ(state->get_release({"web", "r1"}).error().code, Code::kNotFound);
  deploy(*state, "t9", previous->release);
  EXPECT_EQ(content("/opt/a"), "4");
  EXPECT_EQ(state->get_release({"web", ""})->release.id, "r5");
}

TEST_F(TransactionTest, AbortedUploadIsGoneAfterTheNextStart) {
  auto state = host.open();
  const auto wanted = release("r1", {{"/opt/a", "1"}, {"/opt/b", "2"}});
  const auto prepared = prepare(*state, {wanted});
  auto receiver = state->receive(host.contents.announcement(prepared->missing));
  ASSERT_TRUE((*receiver)->feed(host.contents.stream(prepared->missing)).has_value());
  ASSERT_TRUE((*receiver)->finish().has_value());
  EXPECT_NE(host.open(), nullptr);  // while the first session counts on them
  EXPECT_EQ(disk.files(std::string(kStateDir) + "/blobs").size(), 2U);
  receiver->reset();
  state.reset();
  EXPECT_NE(host.open(), nullptr);
  EXPECT_TRUE(disk.files(std::string(kStateDir) + "/blobs").empty());
}

TEST_F(TransactionTest, DriftNamesWhatSomebodyChanged) {
  auto state = host.open();
  deploy(*state, "t1",
         release("r1", {{"/opt/a", "1"}, {"/opt/b", "2"}, {"/opt/c", "3"}, {"/opt/d", "4"}}));
  disk.put("/opt/a", "edited");
  disk.put("/opt/b", "2", 0600);
  disk.erase("/opt/c");
  disk.erase("/opt/d");
  disk.put_link("/opt/d", "/etc/passwd");
  const auto status = state->status({{"web"}, true});
  ASSERT_TRUE(status.has_value());
  const auto& drift = status->services[0].drift;
  ASSERT_EQ(drift.size(), 4U);
  EXPECT_EQ(drift[0].kind, ChangeKind::kModify);
  EXPECT_TRUE(drift[0].unmanaged);
  EXPECT_EQ(drift[1].kind, ChangeKind::kAttributes);
  EXPECT_EQ(drift[2].kind, ChangeKind::kAdd);
  EXPECT_TRUE(drift[3].unmanaged);
}

TEST_F(TransactionTest, RefusesWhatMustNotBeWrittenBeforeAnythingIsChanged) {
  disk.put_link("/opt/link", "/etc/shadow");
  disk.put_dir("/opt/dir");
  auto state = host.open();
  const auto refusal = [&](const protocol::Release& wanted) {
    const auto reply = prepare(*state, {wanted});
    EXPECT_FALSE(reply.has_value());
    return reply ? Error{} : reply.error();
  };
  EXPECT_EQ(refusal(release("r1", {{"/opt/link", "x"}})).context,
            "/opt/link: is a symlink on this host");
  EXPECT_EQ(refusal(release("r1", {{"/opt/dir", "x"}})).context,
            "/opt/dir: is a directory on this host");
  EXPECT_EQ(refusal(release("r1", {{"/opt/../etc/x", "x"}})).code, Code::kInvalidInput);
  EXPECT_EQ(refusal(release("r1", {{"/var/lib/gannet/lock", "x"}})).code, Code::kInvalidInput);
  auto owned = release("r1", {{"/opt/a", "x"}});
  owned.files[0].owner = "nobody-here";
  EXPECT_EQ(refusal(owned).context, "/opt/a: no user \"nobody-here\" on this host");
  disk.set_identity({.uid = 1001, .gid = 1002, .groups = {}});
  owned.files[0].owner = "root";
  EXPECT_EQ(refusal(owned).context, "/opt/a: app:app cannot give a file to root:root");
  EXPECT_THAT(refusal(owned).hint, HasSubstr("become: sudo"));
  disk.put("/opt/a", "root's");
  owned.files[0].owner = "";
  EXPECT_THAT(refusal(owned).context, HasSubstr("belongs to root:root"));
}

TEST_F(TransactionTest, OnePathBelongsToOneService) {
  auto state = host.open();
  deploy(*state, "t1", release("r1", {{"/opt/a", "1"}}));
  const auto api = host.contents.release("api", "r1", {{"/opt/a", "2"}});
  EXPECT_EQ(prepare(*state, {api}).error().context,
            "/opt/a: wanted by service api and by service web");
  // Together, a file may move from one to the other.
  const auto moved = prepare(*state, {release("r2", {}), api});
  ASSERT_TRUE(moved.has_value());
  EXPECT_THAT(moved->plans[0].files, IsEmpty());
  EXPECT_EQ(moved->plans[1].files.size(), 1U);
}

TEST_F(TransactionTest, PreflightFindsFullAndReadOnlyDisks) {
  auto state = host.open();
  disk.set_space({.free_bytes = 1000, .free_inodes = 1});
  disk.set_read_only("/opt");
  const auto reply = prepare(*state, {release("r1", {{"/opt/x/a", "1"}})});
  ASSERT_TRUE(reply.has_value());
  ASSERT_EQ(reply->findings.size(), 2U);
  EXPECT_EQ(reply->findings[0].kind, protocol::CheckKind::kDisk);
  EXPECT_EQ(reply->findings[0].severity, protocol::Severity::kFail);
  EXPECT_THAT(reply->findings[0].message, HasSubstr("free on the file system of"));
  EXPECT_THAT(reply->findings[1].message, HasSubstr("inodes free"));
  disk.put_dir("/opt");
  disk.set_space({.free_bytes = 1ULL << 40, .free_inodes = 1000});
  const auto again = prepare(*state, {release("r1", {{"/opt/x/a", "1"}})});
  ASSERT_EQ(again->findings.size(), 1U);
  EXPECT_EQ(again->findings[0].kind, protocol::CheckKind::kWritable);
  EXPECT_EQ(again->findings[0].name, "writable /opt");
}

TEST_F(TransactionTest, ReadFileShowsNoSecretAndNothingTooLarge) {
  auto state = host.open();
  auto wanted = release("r1", {{"/opt/key", "secret"}, {"/opt/open", "text"}});
  wanted.files[0].secret = true;
  deploy(*state, "t1", wanted);
  EXPECT_EQ(state->read_file({"/opt/key", 100}).error().code, Code::kPermission);
  EXPECT_EQ(state->read_file({"/opt/open", 100})->content.size(), 4U);
  EXPECT_TRUE(state->read_file({"/opt/open", 3})->content.empty());
  EXPECT_EQ(state->read_file({"/opt/open", 3})->size, 4U);
  EXPECT_FALSE(state->read_file({"/opt/none", 3})->exists);
  EXPECT_EQ(state->read_file({"opt", 3}).error().code, Code::kInvalidInput);
}

TEST_F(TransactionTest, NamesThatAreNoFileNamesAreRefused) {
  auto state = host.open();
  EXPECT_EQ(state->commit({"../lock"}).error().code, Code::kInvalidInput);
  EXPECT_EQ(state->restore({"a/b", ""}, host.progress).error().code, Code::kInvalidInput);
  EXPECT_EQ(state->get_release({"..", ""}).error().code, Code::kInvalidInput);
  auto request = Host::request("../x", {release("r1", {{"/opt/a", "1"}})});
  EXPECT_EQ(host.apply(*state, request).error().code, Code::kInvalidInput);
}

TEST_F(TransactionTest, DamagedJournalIsNamedAndNotGuessed) {
  auto state = host.open();
  EXPECT_EQ(apply(*state, "t1", release("r1", {{"/opt/a", "1"}})).outcome, ApplyOutcome::kHealthy);
  disk.put(std::string(kStateDir) + "/journal/t1", "GNTJRNL1 and nonsense");
  const auto refused = host.try_open();
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kCorrupt);
  EXPECT_THAT(refused.error().context, HasSubstr("/var/lib/gannet/journal/t1: wrong length"));
}

TEST_F(TransactionTest, FewSyncsForManyFiles) {
  auto state = host.open();
  std::map<std::string, std::string> files;
  for (int i = 0; i < 200; ++i) files["/opt/app/" + std::to_string(i)] = std::to_string(i);
  const int before = disk.syncs();
  deploy(*state, "t1", release("r1", files));
  EXPECT_LE(disk.syncs() - before, 40);
}

TEST_F(TransactionTest, RemoveLeavesDeployedFilesAlone) {
  auto state = host.open();
  deploy(*state, "t1", release("r1", {{"/opt/a", "1"}}));
  disk.put(std::string(kStateDir) + "/bin/agent-1", "elf");
  EXPECT_THAT(state->remove({false})->removed,
              ElementsAre("/var/lib/gannet/bin/agent-1", "/var/lib/gannet/bin"));
  EXPECT_THAT(state->remove({true})->removed, ElementsAre("/var/lib/gannet"));
  EXPECT_TRUE(disk.files(kStateDir).empty());
  EXPECT_EQ(content("/opt/a"), "1");
}

}  // namespace
}  // namespace gannet::agent
