// Messages that do not fit one frame. docs/protocol.md section 6.
//
// A prepare or apply request, or a reply, may be up to 64 MiB. What does not fit one frame travels
// as kData frames with the request's id *before* the frame that has the message's type; that last
// frame carries the last part. kUpload and kExec use kData for their own stream, which *follows*
// the request; the assembler tells the two apart.
//
// To send:     TRY(const auto frames, split_message(FrameType::kPrepare, id, encode(request)));
//              then write all of `frames`, in this order, nothing of the same direction that is not
//              kCancel, kPing, kEvent or kHeartbeat between them.
// To receive:  one MessageAssembler per direction of a link, fed with every frame of the decoder:
//              TRY(auto frame, assembler.add(std::move(received)));
//              if (!frame) continue;  // a part; the rest is on its way
//              handle(*frame);        // whole; kData of an upload or exec comes through unchanged
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "protocol/frame.h"

namespace gannet::protocol {

inline constexpr std::size_t kMaxLongMessage = 64UL * 1024UL * 1024UL;  // bytes of one message

/// True for the types whose payload may be over kMaxPayload: kPrepare, kApply, kReply.
[[nodiscard]] bool may_be_long(FrameType type);

/// The encoded frames of one message, ready to be written one after the other; a single one when
/// the payload fits. Errors: kFrameTooLarge over kMaxLongMessage, or over kMaxPayload for a type
/// that may not be long.
[[nodiscard]] Result<std::vector<Bytes>> split_message(FrameType type, std::uint32_t request,
                                                       std::span<const std::byte> payload);

/// Puts the parts of long messages together; everything else passes through.
///
/// Relies on request ids that only grow: kData with an id that no request has used yet begins a
/// long request, kData with a used one is that request's stream. Agents send no streams, so all
/// kData of theirs are parts of replies. Holds at most one unfinished message, of at most
/// kMaxLongMessage bytes. Not thread-safe. After an error the link must be closed.
class MessageAssembler {
 public:
  enum class Direction { kToAgent, kToController };

  explicit MessageAssembler(Direction direction) : direction_(direction) {}

  /// The frame to handle, or nullopt when `frame` was a part of a message that goes on.
  /// Errors: kFrameTooLarge (checked before keeping the part), kBadMessage when parts of two
  /// messages mix or are ended by a frame that cannot be long.
  [[nodiscard]] Result<std::optional<Frame>> add(Frame frame);

  /// True between the first part of a message and its last: an end of file here is a truncation.
  [[nodiscard]] bool mid_message() const { return open_ != 0; }

 private:
  [[nodiscard]] bool is_part(const Frame& frame) const;
  [[nodiscard]] Result<> append(const Frame& frame);

  Direction direction_;
  std::uint32_t open_ = 0;     ///< request id of the unfinished message; 0: none
  std::uint32_t highest_ = 0;  ///< highest id of a request seen (kToAgent only)
  Bytes parts_;
};

}  // namespace gannet::protocol
