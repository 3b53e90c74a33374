#include "protocol/frame.h"

#include <gtest/gtest.h>

#include "base/hash.h"

namespace gannet::protocol {
namespace {

Bytes payload_of(std::size_t size) {
  Bytes payload(size);
  for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<std::byte>(i * 7);
  return payload;
}

/// A header with these fields and a checksum that fits them.
Bytes header(std::uint32_t length, std::uint16_t flags) {
  Bytes bytes = encode_frame(FrameType::kPing, 1, {});
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<std::byte>(length >> (8 * i));
  bytes[6] = static_cast<std::byte>(flags & 0xff);
  bytes[7] = static_cast<std::byte>(flags >> 8);
  const std::uint32_t crc = crc32c(std::span(bytes).first(12));
  for (std::size_t i = 0; i < 4; ++i) bytes[12 + i] = static_cast<std::byte>(crc >> (8 * i));
  return bytes;
}

TEST(EncodeFrame, LaysOutTheHeaderAsWritten) {
  const Bytes frame = encode_frame(FrameType::kReply, 0x01020304, payload_of(2));
  ASSERT_EQ(frame.size(), kHeaderSize + 2);
  const Bytes expected{std::byte{2},  std::byte{0}, std::byte{0}, std::byte{0},
                       std::byte{64}, std::byte{0}, std::byte{0}, std::byte{0},
                       std::byte{4},  std::byte{3}, std::byte{2}, std::byte{1}};
  EXPECT_EQ(Bytes(frame.begin(), frame.begin() + 12), expected);
}

TEST(FrameDecoder, TakesFramesSplitAtEveryByte) {
  const Bytes payload = payload_of(40);
  Bytes wire = encode_frame(FrameType::kCheck, 7, payload);
  const Bytes second = encode_frame(FrameType::kPing, 8, {});
  wire.insert(wire.end(), second.begin(), second.end());
  for (std::size_t cut = 0; cut <= wire.size(); ++cut) {
    FrameDecoder decoder;
    std::vector<Frame> frames;
    for (const auto part : {std::span(wire).first(cut), std::span(wire).subspan(cut)}) {
      decoder.feed(part);
      for (auto next = decoder.next().value(); next; next = decoder.next().value()) {
        frames.push_back(std::move(*next));
      }
    }
    ASSERT_EQ(frames.size(), 2U) << cut;
    EXPECT_TRUE(frames[0].is(FrameType::kCheck));
    EXPECT_EQ(frames[0].request, 7U);
    EXPECT_EQ(frames[0].payload, payload);
    EXPECT_TRUE(frames[1].is(FrameType::kPing));
    EXPECT_TRUE(frames[1].payload.empty());
    EXPECT_FALSE(decoder.mid_frame());
  }
}

TEST(FrameDecoder, TakesFramesByteByByte) {
  const Bytes wire = encode_frame(FrameType::kData, 1, payload_of(300));
  FrameDecoder decoder;
  for (std::size_t i = 0; i + 1 < wire.size(); ++i) {
    decoder.feed(std::span(wire).subspan(i, 1));
    ASSERT_EQ(decoder.next().value(), std::nullopt);
    ASSERT_TRUE(decoder.mid_frame());
  }
  decoder.feed(std::span(wire).last(1));
  EXPECT_EQ(decoder.next().value()->payload, payload_of(300));
}

TEST(FrameDecoder, KeepsUnknownTypesAndRequestZero) {
  FrameDecoder decoder;
  decoder.feed(encode_frame(static_cast<FrameType>(777), 0, {}));
  const auto frame = decoder.next().value();
  EXPECT_EQ(frame->type, 777);
  EXPECT_EQ(frame->request, 0U);
}

TEST(FrameDecoder, RefusesOversizeLengthFromTheHeaderAlone) {
  FrameDecoder decoder;
  decoder.feed(header(kMaxEarlyPayload + 1, 0));
  const auto result = decoder.next();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kFrameTooLarge);
  EXPECT_EQ(result.error().context, "a frame says 65537 bytes, at most 65536 are allowed");
}

TEST(FrameDecoder, RaisesTheLimitAfterTheHandshake) {
  FrameDecoder decoder;
  decoder.handshake_done();
  decoder.feed(encode_frame(FrameType::kData, 1, payload_of(kMaxPayload)));
  EXPECT_EQ(decoder.next().value()->payload.size(), kMaxPayload);
  decoder.feed(header(kMaxPayload + 1, 0));
  EXPECT_EQ(decoder.next().error().code, Code::kFrameTooLarge);
  FrameDecoder other;
  other.handshake_done();
  other.feed(header(0xffffffff, 0));
  EXPECT_EQ(other.next().error().code, Code::kFrameTooLarge);
}

TEST(FrameDecoder, RefusesFlags) {
  FrameDecoder decoder;
  decoder.feed(header(0, 0x8000));
  EXPECT_EQ(decoder.next().error().context, "a frame has flags, which must be zero");
}

TEST(FrameDecoder, StaysFailed) {
  FrameDecoder decoder;
  decoder.feed(header(0, 1));
  EXPECT_EQ(decoder.next().error().code, Code::kBadFrame);
  decoder.feed(encode_frame(FrameType::kPing, 1, {}));
  EXPECT_EQ(decoder.next().error().code, Code::kBadFrame);
  EXPECT_FALSE(decoder.mid_frame());
}

// A flipped length can also ask for more bytes than came: that is a truncation at the end of file.
TEST(FrameDecoder, NoFlippedBitGoesUnnoticed) {
  const Bytes wire = encode_frame(FrameType::kApply, 9, payload_of(33));
  for (std::size_t bit = 0; bit < wire.size() * 8; ++bit) {
    Bytes bad = wire;
    bad[bit / 8] ^= static_cast<std::byte>(1U << (bit % 8));
    FrameDecoder decoder;
    decoder.feed(bad);
    const auto result = decoder.next();
    if (result) {
      EXPECT_EQ(*result, std::nullopt) << bit;
      EXPECT_TRUE(decoder.mid_frame()) << bit;
      EXPECT_LT(bit, 32U) << "only a length may ask for more";
    }
  }
}

TEST(FrameDecoder, ManyFramesInOneFeedAndManyFeedsAreCheap) {
  const Bytes frame = encode_frame(FrameType::kEvent, 3, payload_of(100));
  Bytes wire;
  for (int i = 0; i < 1'000; ++i) wire.insert(wire.end(), frame.begin(), frame.end());
  FrameDecoder decoder;
  int count = 0;
  for (std::span<const std::byte> rest(wire); !rest.empty();) {
    const std::size_t take = std::min<std::size_t>(rest.size(), 777);
    decoder.feed(rest.first(take));
    rest = rest.subspan(take);
    while (decoder.next().value()) ++count;
  }
  EXPECT_EQ(count, 1'000);
  EXPECT_FALSE(decoder.mid_frame());
}

}  // namespace
}  // namespace gannet::protocol
