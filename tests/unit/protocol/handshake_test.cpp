#include "protocol/handshake.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gannet::protocol {
namespace {

using testing::ElementsAre;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string as_text(const std::vector<std::byte>& bytes) {
  std::string text;
  for (const std::byte byte : bytes) text += static_cast<char>(byte);
  return text;
}

const std::string kLine(kMagic);

TEST(MagicScanner, FindsTheLineSplitAtEveryByte) {
  const std::string wire = "Welcome!\n\x01gannet-\n" + kLine + "frames";
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    MagicScanner scanner;
    std::string rest;
    for (const auto part :
         {std::string_view(wire).substr(0, cut), std::string_view(wire).substr(cut)}) {
      const auto result = scanner.feed(bytes_of(part));
      ASSERT_TRUE(result);
      if (*result) rest += as_text(**result);
    }
    EXPECT_TRUE(scanner.found());
    EXPECT_EQ(rest, "frames") << cut;
    EXPECT_EQ(scanner.noise(), "Welcome!\n\x01gannet-\n");
  }
}

TEST(MagicScanner, FindsTheLineByteByByteBehindItsOwnBeginning) {
  const std::string wire = kLine.substr(0, 15) + kLine.substr(0, 3) + kLine;
  MagicScanner scanner;
  for (std::size_t i = 0; i + 1 < wire.size(); ++i) {
    ASSERT_EQ(scanner.feed(bytes_of(wire.substr(i, 1))).value(), std::nullopt);
  }
  EXPECT_EQ(scanner.feed(bytes_of(wire.substr(wire.size() - 1))).value()->size(), 0U);
  EXPECT_EQ(scanner.noise(), kLine.substr(0, 15) + kLine.substr(0, 3));
}

TEST(MagicScanner, HandsEverythingOnOnceFound) {
  MagicScanner scanner;
  ASSERT_TRUE(scanner.feed(bytes_of(kLine)));
  EXPECT_EQ(as_text(*scanner.feed(bytes_of(kLine)).value()), kLine);
}

TEST(MagicScanner, AcceptsNoiseUpToTheLimitAndNotOneByteMore) {
  for (const std::size_t extra : {0U, 1U}) {
    for (const std::size_t chunk : {std::size_t{65'536}, 2 * MagicScanner::kMaxNoise}) {
      const std::string wire = std::string(MagicScanner::kMaxNoise + extra, 'x') + kLine;
      MagicScanner scanner;
      bool failed = false;
      for (std::size_t at = 0; at < wire.size() && !failed; at += chunk) {
        failed = !scanner.feed(bytes_of(std::string_view(wire).substr(at, chunk))).has_value();
      }
      EXPECT_EQ(failed, extra == 1) << chunk;
      EXPECT_EQ(scanner.found(), extra == 0) << chunk;
    }
  }
}

TEST(MagicScanner, StaysFailedAndKeepsTheEndOfTheNoise) {
  MagicScanner scanner;
  const std::string noise = std::string(MagicScanner::kMaxNoise, 'x') + "the end";
  const auto result = scanner.feed(bytes_of(noise));
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kNoAgent);
  EXPECT_EQ(scanner.noise().size(), 4096U);
  EXPECT_TRUE(scanner.noise().ends_with("xthe end"));
  EXPECT_FALSE(scanner.feed(bytes_of(kLine)));
  EXPECT_FALSE(scanner.found());
}

TEST(NegotiateVersion, TakesTheHighestBothSpeak) {
  EXPECT_EQ(negotiate_version({1, 1}, {1, 1}).value(), 1U);
  EXPECT_EQ(negotiate_version({1, 3}, {2, 5}).value(), 3U);
  EXPECT_EQ(negotiate_version({2, 5}, {1, 3}).value(), 3U);
  EXPECT_EQ(negotiate_version(VersionRange{}, VersionRange{}).value(), kMaxVersion);
}

TEST(NegotiateVersion, SaysWhichSideIsOlder) {
  const auto agent = negotiate_version({3, 4}, {1, 2});
  EXPECT_EQ(agent.error().code, Code::kVersionMismatch);
  EXPECT_EQ(agent.error().context,
            "the agent speaks protocol versions 1 to 2, this controller versions 3 to 4: "
            "the agent is older");
  const auto controller = negotiate_version({1, 1}, {2, 2});
  EXPECT_EQ(controller.error().context,
            "the agent speaks protocol version 2, this controller version 1: "
            "the controller is older");
  EXPECT_EQ(controller.error().hint, "install a newer gannet on this machine");
}

TEST(NegotiateVersion, RefusesEmptyRangesAndVersionZero) {
  EXPECT_EQ(negotiate_version({1, 1}, {0, 0}).error().code, Code::kVersionMismatch);
  EXPECT_EQ(negotiate_version({0, 0}, {0, 0}).error().code, Code::kVersionMismatch);
  EXPECT_EQ(negotiate_version({3, 2}, {1, 5}).error().code, Code::kVersionMismatch);
  EXPECT_EQ(negotiate_version({1, 5}, {3, 2}).error().code, Code::kVersionMismatch);
}

TEST(CommonFeatures, KeepsOurOrder) {
  const std::vector<std::string> ours{"c", "a", "b"};
  const std::vector<std::string> theirs{"b", "x", "c"};
  EXPECT_THAT(common_features(ours, theirs), ElementsAre("c", "b"));
  EXPECT_TRUE(common_features(ours, {}).empty());
}

}  // namespace
}  // namespace gannet::protocol
