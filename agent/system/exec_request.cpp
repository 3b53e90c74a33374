#include "agent/system/exec_request.h"

#include <algorithm>

#include "agent/system/process.h"

namespace gannet::agent {
namespace {

using protocol::EventKind;
using protocol::FrameType;

constexpr std::size_t kMaxPending = 256UL * 1024UL;  // bytes of stdin taken from the queue at once

class ExecIo final : public CommandIo {
 public:
  ExecIo(std::uint32_t id, Session& session, Progress& progress)
      : id_(id), session_(session), progress_(progress) {}

  void output(OutputStream stream, std::string_view data) override {
    event_.kind = stream == OutputStream::kStdout ? EventKind::kStdout : EventKind::kStderr;
    event_.text = data;
    progress_.event(event_);
  }

  [[nodiscard]] bool stop_requested() override { return progress_.stop_requested(); }

  [[nodiscard]] bool read_input(std::string& pending) override {
    while (pending.size() < kMaxPending) {
      const auto data = session_.take_data(id_);
      if (!data) break;
      if (data->is(FrameType::kDataEnd)) return false;
      for (const std::byte byte : data->payload) pending.push_back(static_cast<char>(byte));
    }
    return true;
  }

  [[nodiscard]] int wake_fd() const override { return session_.wake_fd(); }

 private:
  std::uint32_t id_;
  Session& session_;
  Progress& progress_;
  protocol::Event event_;
};

}  // namespace

Result<protocol::ExecReply> run_exec(const protocol::ExecRequest& request, std::uint32_t id,
                                     Session& session, Progress& progress) {
  if (request.command.empty()) return fail(Code::kInvalidInput, "exec: the command is empty");
  ExecIo io(id, session, progress);
  CommandSpec spec;
  spec.command = request.command;
  spec.timeout = std::chrono::milliseconds(std::min<std::uint64_t>(request.timeout_ms, INT32_MAX));
  spec.with_stdin = request.with_stdin;
  TRY(const CommandEnd end, run_command(spec, io));
  if (end.stopped) return fail(Code::kInterrupted, "exec: cancelled; the command was ended");
  protocol::ExecReply reply;
  reply.exit_code = end.exit_code;
  reply.signal = end.signal;
  reply.timed_out = end.timed_out;
  reply.dropped_bytes = end.dropped_bytes;
  return reply;
}

}  // namespace gannet::agent
