#include "protocol/long_message.h"

#include <gtest/gtest.h>

namespace gannet::protocol {
namespace {

using Direction = MessageAssembler::Direction;

Bytes long_payload(std::size_t size) {
  Bytes payload(size);
  for (std::size_t i = 0; i < size; ++i) payload[i] = static_cast<std::byte>(i * 31 + i / 999);
  return payload;
}

Frame frame(FrameType type, std::uint32_t request, Bytes payload = {}) {
  return {static_cast<std::uint16_t>(type), request, std::move(payload)};
}

/// Decodes `wire` and assembles it; the whole messages that came out.
Result<std::vector<Frame>> receive(MessageAssembler& assembler, const std::vector<Bytes>& wire) {
  FrameDecoder decoder;
  decoder.handshake_done();
  std::vector<Frame> messages;
  for (const Bytes& bytes : wire) {
    decoder.feed(bytes);
    TRY(auto next, decoder.next());
    TRY(auto whole, assembler.add(std::move(next.value())));
    if (whole) messages.push_back(std::move(*whole));
  }
  return messages;
}

TEST(LongMessage, RoundTripsAroundEveryFrameBoundary) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kMaxPayload - 1, kMaxPayload,
                                 kMaxPayload + 1, 3 * kMaxPayload, 3 * kMaxPayload + 5}) {
    const Bytes payload = long_payload(size);
    const auto frames = split_message(FrameType::kPrepare, 5, payload);
    ASSERT_TRUE(frames);
    EXPECT_EQ(frames->size(), size == 0 ? 1 : (size + kMaxPayload - 1) / kMaxPayload);
    MessageAssembler assembler(Direction::kToAgent);
    const auto messages = receive(assembler, *frames);
    ASSERT_EQ(messages->size(), 1U);
    EXPECT_TRUE(messages->front().is(FrameType::kPrepare));
    EXPECT_EQ(messages->front().request, 5U);
    EXPECT_EQ(messages->front().payload, payload);
    EXPECT_FALSE(assembler.mid_message());
  }
}

TEST(LongMessage, SplitRefusesWhatIsTooLarge) {
  EXPECT_TRUE(may_be_long(FrameType::kApply));
  EXPECT_TRUE(may_be_long(FrameType::kReply));
  EXPECT_FALSE(may_be_long(FrameType::kExec));
  const auto exec = split_message(FrameType::kExec, 3, Bytes(kMaxPayload + 1));
  ASSERT_FALSE(exec);
  EXPECT_EQ(exec.error().code, Code::kFrameTooLarge);
  EXPECT_TRUE(split_message(FrameType::kExec, 3, Bytes(kMaxPayload)));
  EXPECT_TRUE(split_message(FrameType::kReply, 3, Bytes(kMaxLongMessage)));
  EXPECT_EQ(split_message(FrameType::kReply, 3, Bytes(kMaxLongMessage + 1)).error().context,
            "message of request 3 has 67108865 bytes or more, at most 67108864 are allowed");
}

TEST(MessageAssembler, LetsStreamsOfUploadsAndCommandsThrough) {
  MessageAssembler assembler(Direction::kToAgent);
  EXPECT_TRUE(assembler.add(frame(FrameType::kHello, 1)).value());
  EXPECT_TRUE(assembler.add(frame(FrameType::kUpload, 4)).value());
  EXPECT_TRUE(assembler.add(frame(FrameType::kData, 4, long_payload(3))).value());
  EXPECT_FALSE(assembler.add(frame(FrameType::kData, 5, long_payload(3))).value());
  EXPECT_TRUE(assembler.add(frame(FrameType::kData, 4, long_payload(3))).value());
  EXPECT_TRUE(assembler.add(frame(FrameType::kDataEnd, 4)).value());
  EXPECT_TRUE(assembler.mid_message());
  EXPECT_EQ(assembler.add(frame(FrameType::kApply, 5, long_payload(2))).value()->payload.size(),
            5U);
}

TEST(MessageAssembler, CancelAndPingMayComeBetweenParts) {
  MessageAssembler assembler(Direction::kToAgent);
  EXPECT_FALSE(assembler.add(frame(FrameType::kData, 5, long_payload(3))).value());
  EXPECT_TRUE(assembler.add(frame(FrameType::kPing, 6)).value());
  EXPECT_TRUE(assembler.add(frame(FrameType::kCancel, 7)).value());
  EXPECT_FALSE(assembler.add(frame(FrameType::kData, 5, long_payload(3))).value());
  EXPECT_EQ(assembler.add(frame(FrameType::kPrepare, 5)).value()->payload.size(), 6U);
}

TEST(MessageAssembler, RepliesComeWithProgressBetween) {
  MessageAssembler assembler(Direction::kToController);
  EXPECT_TRUE(assembler.add(frame(FrameType::kReply, 9)).value());
  EXPECT_FALSE(assembler.add(frame(FrameType::kData, 4, long_payload(3))).value());
  EXPECT_TRUE(assembler.add(frame(FrameType::kHeartbeat, 4)).value());
  EXPECT_TRUE(assembler.add(frame(FrameType::kEvent, 4)).value());
  EXPECT_EQ(assembler.add(frame(FrameType::kReply, 4)).value()->payload, long_payload(3));
}

TEST(MessageAssembler, AnErrorEndsAReplyThatHadBegun) {
  MessageAssembler assembler(Direction::kToController);
  EXPECT_FALSE(assembler.add(frame(FrameType::kData, 4, long_payload(3))).value());
  EXPECT_EQ(assembler.add(frame(FrameType::kError, 4, long_payload(1))).value()->payload.size(),
            1U);
  EXPECT_FALSE(assembler.mid_message());
  EXPECT_TRUE(assembler.add(frame(FrameType::kReply, 5)).value()->payload.empty());
}

TEST(MessageAssembler, RefusesMixedMessages) {
  MessageAssembler two(Direction::kToAgent);
  EXPECT_FALSE(two.add(frame(FrameType::kData, 5, long_payload(3))).value());
  EXPECT_EQ(two.add(frame(FrameType::kData, 6, long_payload(3))).error().context,
            "long message of request 5: a part of request 6 came between");
  MessageAssembler wrong(Direction::kToAgent);
  EXPECT_FALSE(wrong.add(frame(FrameType::kData, 5, long_payload(3))).value());
  EXPECT_EQ(wrong.add(frame(FrameType::kExec, 5)).error().context,
            "long message of request 5: ended by a frame of type 11");
  MessageAssembler ended(Direction::kToAgent);
  EXPECT_FALSE(ended.add(frame(FrameType::kData, 5, long_payload(3))).value());
  EXPECT_EQ(ended.add(frame(FrameType::kDataEnd, 5)).error().code, Code::kBadMessage);
  MessageAssembler zero(Direction::kToController);
  EXPECT_EQ(zero.add(frame(FrameType::kData, 0)).error().code, Code::kBadMessage);
}

TEST(MessageAssembler, RefusesMoreThanTheLimit) {
  MessageAssembler assembler(Direction::kToController);
  const Bytes part(kMaxPayload);
  for (std::size_t total = 0; total < kMaxLongMessage; total += kMaxPayload) {
    ASSERT_FALSE(assembler.add(frame(FrameType::kData, 1, part)).value());
  }
  EXPECT_EQ(assembler.add(frame(FrameType::kReply, 1, Bytes(1))).error().code,
            Code::kFrameTooLarge);
}

}  // namespace
}  // namespace gannet::protocol
