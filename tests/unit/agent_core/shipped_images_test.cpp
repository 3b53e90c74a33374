// Images that come with a release: room for them, and uploads that were cut off.
#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/crashing_file_system.h"
#include "tests/unit/agent_core/host_test.h"

namespace gannet::agent {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr std::uint64_t kMiB = 1024UL * 1024UL;

class ShippedImagesTest : public HostTest {
 protected:
  /// A release with an image of these layers.
  protocol::Release shipping(const std::map<std::string, std::uint64_t>& layers) {
    auto wanted = release("r1", {{"/opt/compose.yaml", "services"}});
    auto& project = wanted.projects.emplace_back();
    project.project = "web";
    auto& image = project.images.emplace_back();
    image.service = "web";
    image.reference = "web:1";
    image.pull = protocol::PullPolicy::kNever;
    image.config = sha256("config");
    image.config_size = 6;
    for (const auto& [content, size] : layers) image.layers.push_back({sha256(content), size});
    return wanted;
  }

  void upload(HostState& state, const std::vector<Digest>& wanted) {
    auto receiver = state.receive(host.contents.announcement(wanted));
    ASSERT_TRUE(receiver.has_value());
    ASSERT_TRUE((*receiver)->feed(host.contents.stream(wanted)).has_value());
    ASSERT_TRUE((*receiver)->finish().has_value());
  }

  [[nodiscard]] std::size_t blobs() { return disk.files(std::string(kStateDir) + "/blobs").size(); }
  /// Findings about room, of a disk with so much of it.
  [[nodiscard]] std::vector<protocol::Finding> findings(std::uint64_t free_bytes) {
    disk.set_space({.free_bytes = free_bytes, .free_inodes = 1000});
    auto state = host.open();
    const auto reply = prepare(*state, {shipping({{"base", 100 * kMiB}, {"app", 20 * kMiB}})});
    EXPECT_TRUE(reply.has_value());
    return reply ? reply->findings : std::vector<protocol::Finding>();
  }
};

TEST_F(ShippedImagesTest, LayersNeedRoomInTheStore) {
  EXPECT_THAT(findings(130 * kMiB), IsEmpty());
  const auto found = findings(110 * kMiB);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].kind, protocol::CheckKind::kDisk);
  EXPECT_EQ(found[0].severity, protocol::Severity::kFail);
  EXPECT_THAT(found[0].message, HasSubstr("110 MiB free on the file system of /var/lib/gannet"));
  EXPECT_THAT(found[0].message, HasSubstr("120 MiB of it for images"));
  EXPECT_THAT(found[0].hint, HasSubstr("docker image prune"));
}

TEST_F(ShippedImagesTest, DockerOnTheSameFileSystemNeedsItsOwnRoom) {
  disk.put_dir("/var/lib/docker");
  EXPECT_THAT(findings(370 * kMiB), IsEmpty());
  const auto found = findings(350 * kMiB);
  ASSERT_THAT(found, SizeIs(1));
  EXPECT_THAT(found[0].message, HasSubstr("360 MiB of it for images"));
}

TEST_F(ShippedImagesTest, RoomForImagesIsLookedForWhereDockerKeepsThem) {
  disk.put_dir("/var/lib/docker");  // it has moved away from there
  host.actions.machine.docker_root = "/srv/docker";
  EXPECT_THAT(findings(130 * kMiB), IsEmpty());
  disk.put_dir("/srv/docker");
  EXPECT_THAT(findings(350 * kMiB), SizeIs(1));
  host.actions.machine.docker_root = "";
  EXPECT_THAT(findings(130 * kMiB), IsEmpty());
}

TEST_F(ShippedImagesTest, WhatWasUploadedBeforeNeedsNoMoreRoomInTheStore) {
  disk.put_dir("/var/lib/docker");
  const Digest base = host.contents.release("x", "x", {{"/x", "base"}}).files[0].content;
  {
    auto state = host.open();
    upload(*state, {base});
  }
  EXPECT_THAT(findings(265 * kMiB), IsEmpty());  // 20 and twice 120
}

TEST_F(ShippedImagesTest, CutOffUploadGoesOnWhereItStopped) {
  const auto source = host.contents.release("x", "x", {{"/a", "base"}, {"/b", "app"}});
  {
    auto state = host.open();
    upload(*state, {source.files[0].content});
  }
  host.clock.advance(std::chrono::hours(3));
  auto state = host.open();
  const auto reply = prepare(*state, {shipping({{"base", 4}, {"app", 3}})});
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(std::count(reply->missing.begin(), reply->missing.end(), sha256("base")), 0);
  EXPECT_EQ(std::count(reply->missing.begin(), reply->missing.end(), sha256("app")), 1);
}

TEST_F(ShippedImagesTest, AClockThatWentBackKeepsWhatIsYoung) {
  const auto source = host.contents.release("x", "x", {{"/a", "base"}});
  {
    auto state = host.open();
    upload(*state, {source.files[0].content});
  }
  host.clock.advance(-std::chrono::hours(2));
  EXPECT_NE(host.open(), nullptr);
  EXPECT_EQ(blobs(), 1U);
  host.clock.advance(-std::chrono::hours(1'000));
  EXPECT_NE(host.open(), nullptr);
  EXPECT_EQ(blobs(), 0U);
}

TEST_F(ShippedImagesTest, UploadsAreNotKeptWhenRoomIsShort) {
  const auto source = host.contents.release("x", "x", {{"/a", std::string(9'000, 'a')}});
  {
    auto state = host.open();
    upload(*state, {source.files[0].content});
  }
  disk.set_space({.free_bytes = 8'000, .free_inodes = 1000});
  EXPECT_NE(host.open(), nullptr);
  EXPECT_EQ(blobs(), 0U);
}

TEST_F(ShippedImagesTest, ADiskThatFillsUpGetsItsRoomBackAtOnce) {
  const auto source = host.contents.release("x", "x", {{"/a", "base"}, {"/b", "app"}});
  test::CrashingFileSystem filling(disk);
  Host full(filling);
  auto state = full.open();
  upload(*state, {source.files[0].content});
  EXPECT_EQ(blobs(), 1U);
  const std::vector<Digest> next = {source.files[1].content};
  auto receiver = state->receive(host.contents.announcement(next));
  ASSERT_TRUE(receiver.has_value());
  filling.refuse(1, 1, Code::kNoSpace);
  const auto fed = (*receiver)->feed(host.contents.stream(next));
  ASSERT_FALSE(fed.has_value());
  EXPECT_EQ(fed.error().code, Code::kNoSpace);
  EXPECT_EQ(blobs(), 0U);
  EXPECT_THAT(disk.files(std::string(kStateDir) + "/tmp"), IsEmpty());
}

TEST_F(ShippedImagesTest, ACommitLeavesNoLayers) {
  const auto source = host.contents.release("x", "x", {{"/a", "base"}});
  auto state = host.open();
  upload(*state, {source.files[0].content});
  auto wanted = shipping({});
  wanted.projects.clear();
  deploy(*state, "t1", wanted);
  EXPECT_EQ(blobs(), 1U);  // the Compose file
}

}  // namespace
}  // namespace gannet::agent
