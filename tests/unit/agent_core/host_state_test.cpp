#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/agent_core/host_test.h"

namespace gannet::agent {
namespace {

using protocol::ChangeKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using HostStateTest = HostTest;

TEST_F(HostStateTest, SecondDeployOfTheSameNeedsNothing) {
  auto state = host.open();
  deploy(*state, "t1", release("r1", {{"/opt/a", "one"}}));
  const auto reply = prepare(*state, {release("r2", {{"/opt/a", "one"}})});
  ASSERT_TRUE(reply.has_value());
  EXPECT_THAT(reply->missing, IsEmpty());
  EXPECT_THAT(reply->plans[0].files, IsEmpty());
  EXPECT_FALSE(reply->plans[0].definition_changed);
  EXPECT_EQ(reply->plans[0].current, "r1");
}

TEST_F(HostStateTest, PlanNamesEveryKindOfChange) {
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

TEST_F(HostStateTest, PruneKeepsWhatKeptReleasesNeed) {
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

TEST_F(HostStateTest, AbortedUploadIsGoneAfterADay) {
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
  host.clock.advance(std::chrono::hours(23));
  EXPECT_NE(host.open(), nullptr);
  EXPECT_EQ(disk.files(std::string(kStateDir) + "/blobs").size(), 2U);
  host.clock.advance(std::chrono::hours(2));
  EXPECT_NE(host.open(), nullptr);
  EXPECT_TRUE(disk.files(std::string(kStateDir) + "/blobs").empty());
  EXPECT_TRUE(disk.files(std::string(kStateDir) + "/tmp").empty());
}

TEST_F(HostStateTest, DriftNamesWhatSomebodyChanged) {
  auto state = host.open();
  deploy(*state, "t1",
         release("r1", {{"/opt/a", "1"}, {"/opt/b", "2"}, {"/opt/c", "3"}, {"/opt/d", "4"}}));
  disk.put("/opt/a", "edited");
  disk.put("/opt/b", "2", 0600);
  disk.erase("/opt/c");
  disk.erase("/opt/d");
  disk.put_link("/opt/d", "/etc/passwd");
  const auto status = state->status({{"web"}, true}, host.progress);
  ASSERT_TRUE(status.has_value());
  const auto& drift = status->services[0].drift;
  ASSERT_EQ(drift.size(), 4U);
  EXPECT_EQ(drift[0].kind, ChangeKind::kModify);
  EXPECT_TRUE(drift[0].unmanaged);
  EXPECT_EQ(drift[1].kind, ChangeKind::kAttributes);
  EXPECT_EQ(drift[2].kind, ChangeKind::kAdd);
  EXPECT_TRUE(drift[3].unmanaged);
}

TEST_F(HostStateTest, RefusesWhatMustNotBeWrittenBeforeAnythingIsChanged) {
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

TEST_F(HostStateTest, OnePathBelongsToOneService) {
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

TEST_F(HostStateTest, PreflightFindsFullAndReadOnlyDisks) {
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

TEST_F(HostStateTest, ReadFileShowsNoSecretAndNothingTooLarge) {
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

TEST_F(HostStateTest, NamesThatAreNoFileNamesAreRefused) {
  auto state = host.open();
  EXPECT_EQ(state->commit({"../lock"}).error().code, Code::kInvalidInput);
  EXPECT_EQ(state->restore({"a/b", ""}, host.progress).error().code, Code::kInvalidInput);
  EXPECT_EQ(state->get_release({"..", ""}).error().code, Code::kInvalidInput);
  auto request = Host::request("../x", {release("r1", {{"/opt/a", "1"}})});
  EXPECT_EQ(host.apply(*state, request).error().code, Code::kInvalidInput);
}

TEST_F(HostStateTest, RemoveLeavesDeployedFilesAlone) {
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
