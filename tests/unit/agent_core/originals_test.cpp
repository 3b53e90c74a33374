// What was at a path before gannet took it comes back when gannet gives it up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/agent_core/host_test.h"

namespace gannet::agent {
namespace {

using protocol::ChangeKind;
using testing::IsEmpty;
using testing::SizeIs;

/// A file of somebody else's lies at /etc/theirs.
class OriginalsTest : public HostTest {
 protected:
  OriginalsTest() { disk.put("/etc/theirs", "not ours\n"); }

  protocol::Release taking(const std::string& id, const std::string& text) {
    return release(id, {{"/opt/a", id}, {"/etc/theirs", text}});
  }
  protocol::Release leaving(const std::string& id) { return release(id, {{"/opt/a", id}}); }
};

TEST_F(OriginalsTest, ComeBackWithALaterReleaseThatDoesNotWantThePath) {
  auto state = host.open();
  const auto before = disk.files("/etc/theirs");
  deploy(*state, "t1", taking("r1", "ours\n"));
  EXPECT_EQ(content("/etc/theirs"), "ours\n");
  deploy(*state, "t2", leaving("r2"));
  EXPECT_EQ(disk.files("/etc/theirs"), before);
}

TEST_F(OriginalsTest, OutliveReleasesAndThePruningOfTheOneThatTookThem) {
  auto state = host.open();
  const auto before = disk.files("/etc/theirs");
  for (const std::string n : {"1", "2", "3", "4", "5", "6", "7"}) {
    deploy(*state, "t" + n, taking("r" + n, "ours " + n + "\n"));
    host.clock.sleep_for(std::chrono::seconds(1));
  }
  deploy(*state, "t8", leaving("r8"));
  EXPECT_EQ(disk.files("/etc/theirs"), before);
}

TEST_F(OriginalsTest, AreTakenAnewWhenTheOldReleaseComesBack) {
  auto state = host.open();
  const auto first = taking("r1", "ours\n");
  deploy(*state, "t1", first);
  deploy(*state, "t2", leaving("r2"));
  disk.put("/etc/theirs", "changed meanwhile\n");
  deploy(*state, "t3", first);
  EXPECT_EQ(content("/etc/theirs"), "ours\n");
  deploy(*state, "t4", leaving("r4"));
  EXPECT_EQ(content("/etc/theirs"), "changed meanwhile\n");
}

TEST_F(OriginalsTest, GoWithThePathToAnotherService) {
  auto state = host.open();
  deploy(*state, "t1", taking("r1", "ours\n"));
  const auto other = host.contents.release("other", "o1", {{"/etc/theirs", "others\n"}});
  const auto moved = host.deploy(*state, "t2", {leaving("r2"), other});
  ASSERT_TRUE(moved.has_value()) << moved.error().context;
  EXPECT_EQ(content("/etc/theirs"), "others\n");
  const auto gone = host.contents.release("other", "o2", {{"/opt/b", "b"}});
  const auto left = host.deploy(*state, "t3", {gone});
  ASSERT_TRUE(left.has_value()) << left.error().context;
  EXPECT_EQ(content("/etc/theirs"), "not ours\n");
}

TEST_F(OriginalsTest, OfWhatGannetMadeItselfThereAreNone) {
  auto state = host.open();
  deploy(*state, "t1", taking("r1", "ours\n"));
  disk.put("/opt/a", "edited by hand\n");
  deploy(*state, "t2", taking("r2", "ours too\n"));
  deploy(*state, "t3", release("r3", {{"/opt/b", "b"}}));
  EXPECT_EQ(content("/opt/a"), "(absent)");
  EXPECT_EQ(content("/etc/theirs"), "not ours\n");
}

TEST_F(OriginalsTest, ArePlannedAsAChangeNotAsARemoval) {
  auto state = host.open();
  deploy(*state, "t1", taking("r1", "ours\n"));
  const auto reply = prepare(*state, {leaving("r2")});
  ASSERT_TRUE(reply.has_value()) << reply.error().context;
  EXPECT_THAT(reply->missing, SizeIs(1));  // the new /opt/a; the original is kept
  const auto& files = reply->plans[0].files;
  ASSERT_THAT(files, SizeIs(2));
  EXPECT_EQ(files[0].path, "/etc/theirs");
  EXPECT_EQ(files[0].kind, ChangeKind::kModify);
}

}  // namespace
}  // namespace gannet::agent
