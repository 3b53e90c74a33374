// The controller's end of an agent's link, for tests: blocking, with deadlines.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/unique_fd.h"
#include "protocol/frame.h"
#include "protocol/long_message.h"
#include "protocol/messages.h"

namespace gannet::agent {

/// How one request was answered.
struct Answer {
  bool arrived = false;  ///< false: the link ended, or 20 s passed
  bool is_error = false;
  protocol::Bytes payload;
  protocol::ErrorMessage error;         ///< when is_error
  std::vector<protocol::Event> events;  ///< of this request, in order
  std::size_t heartbeats = 0;

  template <class Message>
  [[nodiscard]] Message as() const {
    auto message = protocol::decode<Message>(payload);
    return message ? std::move(*message) : Message{};
  }
  /// All output of one kind, put together.
  [[nodiscard]] std::string output(protocol::EventKind kind) const;
};

class LinkClient {
 public:
  LinkClient(UniqueFd to_agent, UniqueFd from_agent)
      : out_(std::move(to_agent)), in_(std::move(from_agent)) {}

  /// Reads up to the magic line's end. False when something else came.
  [[nodiscard]] bool read_magic();

  /// Sends a request and returns its id.
  std::uint32_t send(protocol::FrameType type, const protocol::Bytes& payload = {});
  void send_for(std::uint32_t id, protocol::FrameType type, const protocol::Bytes& payload = {});
  void send_bytes(const protocol::Bytes& bytes);
  /// Sends hello and returns its id.
  std::uint32_t send_hello();

  /// Waits for the answer to `id`; keeps what others got meanwhile.
  [[nodiscard]] Answer wait(std::uint32_t id);
  [[nodiscard]] Answer call(protocol::FrameType type, const protocol::Bytes& payload = {}) {
    return wait(send(type, payload));
  }
  /// Waits until an event of request `id` has arrived; false after 20 s or at the end.
  [[nodiscard]] bool wait_event(std::uint32_t id);
  /// The same for `count` heartbeats.
  [[nodiscard]] bool wait_heartbeats(std::uint32_t id, std::size_t count);
  /// Waits for the end of the agent's output.
  [[nodiscard]] bool wait_end();
  /// Answers seen for `id` so far: must never be above 1.
  [[nodiscard]] std::size_t answers(std::uint32_t id) const;

  void close_input() { out_.reset(); }
  void close_output() { in_.reset(); }
  [[nodiscard]] int output_fd() const { return out_.get(); }

 private:
  [[nodiscard]] bool read_more();
  void take(protocol::Frame frame);

  UniqueFd out_;
  UniqueFd in_;
  protocol::FrameDecoder decoder_;
  protocol::MessageAssembler assembler_{protocol::MessageAssembler::Direction::kToController};
  std::map<std::uint32_t, Answer> answers_;
  std::map<std::uint32_t, std::size_t> counts_;
  std::uint32_t next_id_ = 1;
};

}  // namespace gannet::agent
