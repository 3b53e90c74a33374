// A program in memory: what it prints is a script, what it is told is kept.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/fleet/spawn.h"
#include "controller/ssh/transport.h"
#include "protocol/frame.h"
#include "protocol/messages.h"

namespace gannet::controller {

/// The other end of a ScriptedChannel. Shared between test and channel.
class ScriptedProgram {
 public:
  explicit ScriptedProgram(asio::any_io_executor executor) : changed_(std::move(executor)) {}

  void print(std::string_view text);
  void print_bytes(const protocol::Bytes& bytes);
  void send(protocol::FrameType type, std::uint32_t request, const protocol::Bytes& payload);
  template <class Message>
  void reply(std::uint32_t request, const Message& message) {
    send(protocol::FrameType::kReply, request, protocol::encode(message));
  }
  void print_error(std::string_view text) { errors_ += text; }
  /// The program ends with `code`; what it printed can still be read.
  void end(int code);
  /// The connection breaks.
  void disconnect() {
    broken_ = true;
    changed_.notify_all();
  }

  /// Called with each whole frame that arrives.
  std::function<void(const protocol::Frame&)> on_frame;
  std::string written;         ///< everything that was written to it
  std::size_t read_limit = 0;  ///< bytes given at once; 0: all there is
  bool stop_reading = false;   ///< writes block

 private:
  friend class ScriptedChannel;

  Wakeup changed_;
  std::string out_, errors_;
  protocol::FrameDecoder decoder_;
  int code_ = 0;
  bool ended_ = false, broken_ = false;
};

class ScriptedChannel final : public Channel {
 public:
  explicit ScriptedChannel(std::shared_ptr<ScriptedProgram> program)
      : program_(std::move(program)) {}

  [[nodiscard]] Task<Result<std::size_t>> read(std::span<std::byte> buffer,
                                               DeadlineTime deadline) override;
  [[nodiscard]] Task<Result<>> write(std::span<const std::byte> bytes,
                                     DeadlineTime deadline) override;
  [[nodiscard]] Task<Result<>> write_eof(DeadlineTime deadline) override;
  [[nodiscard]] std::string take_stderr() override { return std::exchange(program_->errors_, {}); }
  [[nodiscard]] Task<Result<>> wait_stderr(DeadlineTime deadline) override;
  [[nodiscard]] Task<Result<ExitStatus>> wait_exit(DeadlineTime deadline) override;

 private:
  std::shared_ptr<ScriptedProgram> program_;
};

}  // namespace gannet::controller
