#include "tests/unit/fleet/scripted_channel.h"

#include <algorithm>
#include <cstring>

namespace gannet::controller {

void ScriptedProgram::print(std::string_view text) {
  out_ += text;
  changed_.notify_all();
}

void ScriptedProgram::print_bytes(const protocol::Bytes& bytes) {
  print({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void ScriptedProgram::send(protocol::FrameType type, std::uint32_t request,
                           const protocol::Bytes& payload) {
  print_bytes(protocol::encode_frame(type, request, payload));
}

void ScriptedProgram::end(int code) {
  ended_ = true;
  code_ = code;
  changed_.notify_all();
}

Task<Result<std::size_t>> ScriptedChannel::read(std::span<std::byte> buffer,
                                                DeadlineTime deadline) {
  const auto program = program_;
  while (program->out_.empty()) {
    if (program->broken_) co_return fail(Code::kDisconnected, "connection reset by peer");
    if (program->ended_) co_return std::size_t{0};
    const bool woken = co_await program->changed_.wait(deadline);
    if (!woken && std::chrono::steady_clock::now() >= deadline)
      co_return fail(Code::kTimeout, "nothing to read");
  }
  std::size_t count = std::min(buffer.size(), program->out_.size());
  if (program->read_limit > 0) count = std::min(count, program->read_limit);
  std::memcpy(buffer.data(), program->out_.data(), count);
  program->out_.erase(0, count);
  co_return count;
}

Task<Result<>> ScriptedChannel::write(std::span<const std::byte> bytes, DeadlineTime deadline) {
  const auto program = program_;
  while (program->stop_reading) {
    const bool woken = co_await program->changed_.wait(deadline);
    if (!woken && std::chrono::steady_clock::now() >= deadline)
      co_return fail(Code::kTimeout, "the other side reads nothing");
  }
  if (program->broken_ || program->ended_) co_return fail(Code::kDisconnected, "broken pipe");
  program->written.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  program->decoder_.handshake_done();
  program->decoder_.feed(bytes);
  for (;;) {
    CO_TRY(std::optional<protocol::Frame> frame, program->decoder_.next());
    if (!frame) break;
    if (program->on_frame) program->on_frame(*frame);
  }
  co_return Result<>{};
}

Task<Result<>> ScriptedChannel::write_eof(DeadlineTime) { co_return Result<>{}; }

Task<Result<>> ScriptedChannel::wait_stderr(DeadlineTime deadline) {
  const auto program = program_;
  if (program->errors_.empty() && !program->ended_) {
    [[maybe_unused]] const bool woken = co_await program->changed_.wait(deadline);
  }
  co_return Result<>{};
}

Task<Result<ExitStatus>> ScriptedChannel::wait_exit(DeadlineTime deadline) {
  const auto program = program_;
  while (!program->ended_) {
    const bool woken = co_await program->changed_.wait(deadline);
    if (!woken && std::chrono::steady_clock::now() >= deadline)
      co_return fail(Code::kTimeout, "it still runs");
  }
  ExitStatus status;
  status.code = program->code_;
  co_return status;
}

}  // namespace gannet::controller
