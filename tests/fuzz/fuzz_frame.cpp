// The frame decoder and the assembler of long messages.
//
// Byte 0: bit 0: the handshake is done; bit 1: the rest are frames to be made (type, request,
// length, payload), not bytes of the wire, so that the checksum keeps nothing out; bit 2:
// direction. Byte 1: bytes per feed, less one.
#include "protocol/frame.h"
#include "protocol/long_message.h"
#include "tests/fuzz/check.h"

namespace gannet::fuzz {
namespace {

using namespace protocol;

Bytes make_frames(std::span<const std::byte> rest, std::vector<Frame>& made) {
  Bytes wire;
  while (!rest.empty()) {
    Frame frame;
    frame.type = take_byte(rest);
    frame.request = take_byte(rest);
    const auto payload = take(rest, take_byte(rest));
    frame.payload.assign(payload.begin(), payload.end());
    const Bytes bytes =
        encode_frame(static_cast<FrameType>(frame.type), frame.request, frame.payload);
    wire.insert(wire.end(), bytes.begin(), bytes.end());
    made.push_back(std::move(frame));
  }
  return wire;
}

std::vector<Frame> decode_all(FrameDecoder& decoder, std::span<const std::byte> wire,
                              std::size_t chunk) {
  std::vector<Frame> frames;
  while (!wire.empty()) {
    decoder.feed(take(wire, chunk));
    for (;;) {
      auto next = decoder.next();
      if (!next) {
        require(!decoder.next());  // stays failed
        return frames;
      }
      if (!*next) break;
      require((*next)->payload.size() <= kMaxPayload);
      frames.push_back(std::move(**next));
    }
  }
  return frames;
}

void assemble(std::vector<Frame> frames, MessageAssembler::Direction direction) {
  MessageAssembler assembler(direction);
  std::size_t received = 0;
  for (Frame& frame : frames) {
    received += frame.payload.size();
    const auto whole = assembler.add(std::move(frame));
    if (!whole) return;
    require(!*whole || (*whole)->payload.size() <= received);
  }
}

}  // namespace
}  // namespace gannet::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gannet::fuzz;
  auto rest = std::as_bytes(std::span(data, size));
  const std::uint8_t mode = take_byte(rest);
  const std::size_t chunk = std::size_t{take_byte(rest)} + 1;

  FrameDecoder decoder;
  if ((mode & 1) != 0) decoder.handshake_done();
  std::vector<Frame> made;
  const bool make = (mode & 2) != 0;
  const Bytes wire = make ? make_frames(rest, made) : Bytes(rest.begin(), rest.end());
  std::vector<Frame> frames = decode_all(decoder, wire, chunk);
  if (make) {
    require(frames.size() == made.size() && !decoder.mid_frame());
    for (std::size_t i = 0; i < made.size(); ++i) {
      require(frames[i].type == made[i].type && frames[i].request == made[i].request &&
              frames[i].payload == made[i].payload);
    }
  }
  assemble(std::move(frames), (mode & 4) != 0 ? MessageAssembler::Direction::kToAgent
                                              : MessageAssembler::Direction::kToController);
  return 0;
}
