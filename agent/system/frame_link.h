// Frames over two descriptors, without ever blocking for ever.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "protocol/frame.h"
#include "protocol/long_message.h"

namespace gannet::agent {

/// The agent's end of the link. Once gone() or failure() is set it stays set.
class FrameLink {
 public:
  struct Limits {
    /// A peer that takes none of our output for so long is gone.
    std::chrono::milliseconds stall{60'000};
  };

  FrameLink(UniqueFd in, UniqueFd out, Limits limits);

  /// Writes bytes that are not a frame: the magic line.
  void send_raw(std::string_view bytes);

  /// Writes one message, in several frames when it is a long one. Does nothing once the link is
  /// gone. Errors: kFrameTooLarge (nothing was written).
  [[nodiscard]] Result<> send(protocol::FrameType type, std::uint32_t request,
                              std::span<const std::byte> payload);

  /// Reads what is there, waiting at most `wait` for the first byte.
  void receive(std::chrono::milliseconds wait);

  /// Notices the end of the input without reading any of it.
  void look_for_hangup();

  /// The next whole message of what was received. Errors are kept in failure().
  [[nodiscard]] std::optional<protocol::Frame> next();

  /// Raises the frame limit: see protocol::FrameDecoder.
  void handshake_done() { decoder_.handshake_done(); }

  /// Gives the link up: nothing of what it brings makes sense any more.
  void abandon(Error why);

  /// The other side closed its end, or does not read.
  [[nodiscard]] bool gone() const { return gone_; }
  /// Why the bytes received make no sense, or why the link broke.
  [[nodiscard]] const std::optional<Error>& failure() const { return failure_; }
  [[nodiscard]] int input_fd() const { return in_.get(); }
  [[nodiscard]] SteadyTime last_sent() const { return last_sent_; }

 private:
  void write_all(std::span<const std::byte> bytes);

  UniqueFd in_;
  UniqueFd out_;
  Limits limits_;
  protocol::FrameDecoder decoder_;
  protocol::MessageAssembler assembler_{protocol::MessageAssembler::Direction::kToAgent};
  std::optional<Error> failure_;
  bool gone_ = false;
  bool read_all_ = false;  ///< the end of the input was read, not only noticed
  SteadyTime last_sent_ = std::chrono::steady_clock::now();
};

}  // namespace gannet::agent
