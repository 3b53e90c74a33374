#include "agent/core/blob_receiver.h"

#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/memory_file_system.h"
#include "tests/unit/agent_core/host_fixture.h"

namespace gannet::agent {
namespace {

class BlobReceiverTest : public testing::Test {
 protected:
  BlobReceiverTest() {
    for (const std::string& path : {paths.blobs, paths.temp}) disk.put_dir(path);
    const auto release = contents.release(
        "web", "r1", {{"/a", "one"}, {"/b", ""}, {"/c", std::string(300'000, 'x')}});
    for (const auto& entry : release.files) wanted.push_back(entry.content);
  }
  [[nodiscard]] std::size_t stored() const { return disk.files(paths.blobs).size(); }
  [[nodiscard]] std::size_t temporary() const { return disk.files(paths.temp).size(); }

  test::MemoryFileSystem disk;
  StatePaths paths{kStateDir};
  ContentStore store{disk, paths};
  Contents contents;
  std::vector<Digest> wanted;
};

TEST_F(BlobReceiverTest, KeepsBlobsHoweverTheStreamIsSplit) {
  const auto stream = contents.stream(wanted);
  StoreReceiver receiver(store, contents.announcement(wanted));
  for (const std::byte byte : stream) {
    ASSERT_TRUE(receiver.feed(std::span(&byte, 1)).has_value());
  }
  const auto reply = receiver.finish();
  ASSERT_TRUE(reply.has_value()) << reply.error().context;
  EXPECT_EQ(reply->stored, 3U);
  EXPECT_EQ(reply->bytes, 300'003U);
  EXPECT_EQ(stored(), 3U);
  EXPECT_EQ(temporary(), 0U);
  StoreReceiver again(store, contents.announcement(wanted));
  ASSERT_TRUE(again.feed(stream).has_value());
  EXPECT_EQ(again.finish()->stored, 0U);
}

TEST_F(BlobReceiverTest, RefusesFewerThanWereAnnouncedAndKeepsThem) {
  StoreReceiver receiver(store, {.count = 2, .bytes = 6});
  ASSERT_TRUE(receiver.feed(contents.stream({wanted[0]})).has_value());
  EXPECT_EQ(receiver.finish().error().context, "upload: ended after 1 of 2 blobs");
  EXPECT_EQ(stored(), 1U);
  EXPECT_EQ(temporary(), 0U);
}

TEST_F(BlobReceiverTest, RefusesMoreThanWasAnnounced) {
  const auto stream = contents.stream(wanted);
  auto few = contents.announcement(wanted);
  few.count = 2;
  StoreReceiver fewer(store, few);
  EXPECT_EQ(fewer.feed(stream).error().context, "upload: more blobs than announced");
  auto small = contents.announcement(wanted);
  small.bytes = 10;
  StoreReceiver smaller(store, small);
  EXPECT_EQ(smaller.feed(stream).error().context, "upload: more bytes than announced");
  EXPECT_EQ(smaller.feed(stream).error().code, Code::kBadMessage);
  EXPECT_EQ(temporary(), 0U);
}

TEST_F(BlobReceiverTest, KeepsWhatIsWholeWhenTheLinkBreaks) {
  const auto stream = contents.stream(wanted);
  {
    StoreReceiver receiver(store, contents.announcement(wanted));
    ASSERT_TRUE(receiver.feed(std::span(stream).first(stream.size() - 4)).has_value());
  }
  EXPECT_EQ(temporary(), 0U);
  StoreReceiver receiver(store, contents.announcement(wanted));
  EXPECT_EQ(receiver.finish().error().context, "upload: ended after 0 of 3 blobs");
}

TEST_F(BlobReceiverTest, RefusesWhatIsNoZstd) {
  const std::vector<std::byte> noise(100, std::byte{0x5A});
  StoreReceiver receiver(store, contents.announcement(wanted));
  EXPECT_EQ(receiver.feed(noise).error().code, Code::kBadMessage);
  EXPECT_EQ(receiver.finish().error().code, Code::kBadMessage);
}

TEST_F(BlobReceiverTest, ChangedByteIsFoundByTheDigest) {
  // Stored raw by zstd (incompressible), so that a flipped byte reaches the hash.
  std::string random(1000, '\0');
  std::mt19937 chance(7);
  for (char& c : random) c = static_cast<char>(chance());
  const auto release = contents.release("web", "r3", {{"/r", random}});
  const std::vector<Digest> one = {release.files[0].content};
  auto stream = contents.stream(one);
  stream[stream.size() / 2] ^= std::byte{1};
  StoreReceiver receiver(store, contents.announcement(one));
  const auto fed = receiver.feed(stream);
  ASSERT_FALSE(fed.has_value());
  EXPECT_EQ(fed.error().code, Code::kCorrupt);
  EXPECT_EQ(stored(), 0U);
  EXPECT_EQ(temporary(), 0U);
}

}  // namespace
}  // namespace gannet::agent
