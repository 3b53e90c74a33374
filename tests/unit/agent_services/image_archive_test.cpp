#include "agent/services/image_archive.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/agent_services/docker_machine.h"

namespace gannet::agent {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

constexpr std::size_t kBlock = 512;

std::string read_all(ImageArchive& archive) {
  std::string all;
  for (bool more = true; more;) {
    std::string piece;
    more = archive.next(piece);
    EXPECT_LE(piece.size(), 66UL * 1024UL);
    all += piece;
  }
  return all;
}

/// Names and contents of a tar, by the rules of the format.
std::vector<std::pair<std::string, std::string>> unpack(const std::string& tar) {
  std::vector<std::pair<std::string, std::string>> files;
  std::size_t at = 0;
  while (at + kBlock <= tar.size() && tar[at] != '\0') {
    const std::string name = tar.c_str() + at;
    const std::size_t size = std::stoull(tar.substr(at + 124, 11), nullptr, 8);
    files.emplace_back(name, tar.substr(at + kBlock, size));
    at += kBlock + (size + kBlock - 1) / kBlock * kBlock;
  }
  EXPECT_EQ(tar.size() - at, 2 * kBlock);
  EXPECT_EQ(tar.find_first_not_of('\0', at), std::string::npos);
  return files;
}

class ImageArchiveTest : public testing::Test {
 protected:
  protocol::ImageSpec image(const std::vector<std::string>& layers) {
    protocol::ImageSpec spec;
    spec.config = blobs_.add("{config}");
    spec.config_size = 8;
    for (const auto& layer : layers) spec.layers.push_back({blobs_.add(layer), layer.size()});
    return spec;
  }
  MemoryBlobs blobs_;
};

TEST_F(ImageArchiveTest, IsWhatDockerLoadReads) {
  const auto spec = image({"base", std::string(200'000, 'x')});
  ImageArchive archive(spec, {}, {"gannet.local/api:r1-0", "b:2"}, blobs_);
  EXPECT_EQ(archive.layers_sent(), 2U);
  EXPECT_EQ(archive.bytes_sent(), 200'004U);
  const auto files = unpack(read_all(archive));
  ASSERT_THAT(files, SizeIs(4));
  const std::string config = spec.config.hex() + ".json";
  const std::string base = spec.layers[0].diff_id.hex() + "/layer.tar";
  const std::string app = spec.layers[1].diff_id.hex() + "/layer.tar";
  EXPECT_EQ(files[0], std::pair(config, std::string("{config}")));
  EXPECT_EQ(files[1], std::pair(base, std::string("base")));
  EXPECT_EQ(files[2], std::pair(app, std::string(200'000, 'x')));
  EXPECT_EQ(files[3],
            std::pair(std::string("manifest.json"),
                      "[{\"Config\":\"" + config +
                          "\",\"RepoTags\":[\"gannet.local/api:r1-0\",\"b:2\"],\"Layers\":[\"" +
                          base + "\",\"" + app + "\"]}]\n"));
  EXPECT_FALSE(archive.error().has_value());
}

TEST_F(ImageArchiveTest, LeavesOutWhatDockerHasAndSendsNothingTwice) {
  const auto spec = image({"base", "app", "app"});
  ImageArchive archive(spec, {spec.layers[0].diff_id}, {"a:1"}, blobs_);
  EXPECT_EQ(archive.layers_sent(), 1U);
  const auto files = unpack(read_all(archive));
  ASSERT_THAT(files, SizeIs(3));
  EXPECT_EQ(files[1].second, "app");
  EXPECT_THAT(files[2].second, HasSubstr(spec.layers[0].diff_id.hex() + "/layer.tar"));
}

TEST_F(ImageArchiveTest, ABlobThatIsMissingEndsIt) {
  const auto spec = image({"base", "app"});
  blobs_.blobs.erase(spec.layers[1].diff_id);
  ImageArchive archive(spec, {}, {"a:1"}, blobs_);
  static_cast<void>(read_all(archive));
  ASSERT_TRUE(archive.error().has_value());
  EXPECT_EQ(archive.error()->code, Code::kNotFound);
  EXPECT_THAT(archive.error()->context, HasSubstr(spec.layers[1].diff_id.hex()));
}

TEST_F(ImageArchiveTest, ABlobOfAnotherSizeEndsIt) {
  for (const int difference : {-1, 1}) {
    auto spec = image({"base"});
    spec.layers[0].size = static_cast<std::uint64_t>(4 + difference);
    ImageArchive archive(spec, {}, {"a:1"}, blobs_);
    static_cast<void>(read_all(archive));
    ASSERT_TRUE(archive.error().has_value());
    EXPECT_EQ(archive.error()->code, Code::kCorrupt);
  }
}

TEST_F(ImageArchiveTest, AnEmptyLayerIsPassedOn) {
  const auto spec = image({""});
  ImageArchive archive(spec, {}, {"a:1"}, blobs_);
  EXPECT_THAT(unpack(read_all(archive)), SizeIs(3));
  EXPECT_FALSE(archive.error().has_value());
}

TEST(TarHeader, SizesOfEightGibAndMoreAreBinary) {
  const std::uint64_t size = 9ULL << 30U;
  const std::string header = tar_header("a", size);
  ASSERT_EQ(header.size(), kBlock);
  EXPECT_EQ(static_cast<unsigned char>(header[124]), 0x80U);
  std::uint64_t read = 0;
  for (std::size_t i = 125; i < 136; ++i) {
    read = read << 8U | static_cast<unsigned char>(header[i]);
  }
  EXPECT_EQ(read, size);
}

}  // namespace
}  // namespace gannet::agent
