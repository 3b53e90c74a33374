// Frame codec: bytes <-> frames, no I/O. Layout and limits: docs/protocol.md section 2.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "protocol/wire.h"

namespace gannet::protocol {

inline constexpr std::size_t kHeaderSize = 16;                  // bytes
inline constexpr std::size_t kMaxPayload = 1024UL * 1024UL;     // bytes, after the handshake
inline constexpr std::size_t kMaxEarlyPayload = 64UL * 1024UL;  // bytes, before it is done

/// What a frame carries. Numbers are part of the wire; append only.
enum class FrameType : std::uint16_t {
  // Requests (controller -> agent). Exactly one kReply or kError answers each.
  kHello = 1,
  kCheck = 2,
  kPrepare = 3,
  kUpload = 4,  ///< followed by kData frames with the same request id, closed by kDataEnd
  kApply = 5,
  kCommit = 6,
  kRestore = 7,
  kStatus = 8,
  kGetRelease = 9,
  kReadFile = 10,
  kExec = 11,
  kLock = 12,
  kUnlock = 13,
  kRemove = 14,
  kPing = 15,
  kCancel = 16,  ///< stop what is running, restore if half-way; its own kReply is empty

  // Agent -> controller.
  kReply = 64,      ///< the reply message of the request with this id
  kError = 65,      ///< ErrorMessage
  kEvent = 66,      ///< Event: progress, log lines, output of the running request
  kHeartbeat = 67,  ///< request id of what is running; no payload; at least every 2 s while busy

  // Both ways.
  kData = 96,     ///< raw bytes that belong to the request with this id
  kDataEnd = 97,  ///< no more kData for this id; no payload
};

/// One frame. `type` is kept as a number: an unknown one must be answered, not dropped.
struct Frame {
  std::uint16_t type = 0;
  /// Chosen by the controller: never 0, each larger than the one before. Events and replies repeat
  /// it. 0 only in an agent's kError about the link itself, after which it leaves.
  std::uint32_t request = 0;
  Bytes payload;

  [[nodiscard]] bool is(FrameType wanted) const {
    return type == static_cast<std::uint16_t>(wanted);
  }
};

/// The bytes of one frame. REQUIRES: payload.size() <= kMaxPayload.
[[nodiscard]] Bytes encode_frame(FrameType type, std::uint32_t request,
                                 std::span<const std::byte> payload);

/// Incremental decoder for one direction of one link.
///
/// Feed it whatever arrived, split anywhere; take whole frames out. Buffers at most one frame plus
/// one read. Not thread-safe. After an error framing is lost: the decoder stays failed and the
/// link must be closed.
class FrameDecoder {
 public:
  /// Appends received bytes. Cannot fail; limits are enforced by next().
  void feed(std::span<const std::byte> bytes);

  /// The next whole frame, or nullopt when more bytes are needed. Errors: kFrameTooLarge (the
  /// declared length is over the limit; checked before allocating), kBadFrame (flags, checksum).
  [[nodiscard]] Result<std::optional<Frame>> next();

  /// Raises the limit from kMaxEarlyPayload to kMaxPayload once hello is done.
  void handshake_done() { limit_ = kMaxPayload; }

  /// True when a frame has begun and is not complete: an end of file here is a truncation.
  [[nodiscard]] bool mid_frame() const { return read_ < buffer_.size(); }

 private:
  Bytes buffer_;
  std::size_t read_ = 0;  ///< bytes of buffer_ already handed out
  std::size_t limit_ = kMaxEarlyPayload;
  std::optional<Error> failed_;
};

}  // namespace gannet::protocol
