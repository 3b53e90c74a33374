#include "agent/system/system_actions.h"

#include <algorithm>

#include "agent/probes/run_check.h"
#include "agent/system/line_tail.h"
#include "agent/system/process.h"

namespace gannet::agent {
namespace {

using protocol::EventKind;
using std::chrono::milliseconds;

constexpr milliseconds kWaitSlice{50};

/// Sends a hook's output as events and remembers its end.
class HookIo final : public CommandIo {
 public:
  HookIo(const std::string& service, Progress& progress) : progress_(progress) {
    event_.service = service;
  }

  void output(OutputStream stream, std::string_view data) override {
    tail_of(stream).add(data);
    event_.kind = stream == OutputStream::kStdout ? EventKind::kStdout : EventKind::kStderr;
    event_.text = data;
    progress_.event(event_);
  }
  [[nodiscard]] bool stop_requested() override { return progress_.stop_requested(); }

  /// What was printed last: stderr after stdout, because that is where reasons stand.
  [[nodiscard]] std::vector<std::string> last_lines() {
    std::vector<std::string> lines = stdout_.take();
    const std::vector<std::string> errors = stderr_.take();
    lines.insert(lines.end(), errors.begin(), errors.end());
    if (lines.size() > LineTail::kMaxLines) {
      lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(LineTail::kMaxLines));
    }
    return lines;
  }

 private:
  LineTail& tail_of(OutputStream stream) {
    return stream == OutputStream::kStdout ? stdout_ : stderr_;
  }

  Progress& progress_;
  protocol::Event event_;
  LineTail stdout_;
  LineTail stderr_;
};

}  // namespace

void SystemActions::note_controller_clock(std::int64_t controller_ms, std::int64_t host_ms) {
  if (controller_ms <= 0) return;
  clock_ahead_ms_ = host_ms - controller_ms;
  clock_known_ = true;
}

Result<CommandResult> SystemActions::run_hook(const std::string& service,
                                              const protocol::Hook& hook, Progress& progress) {
  HookIo io(service, progress);
  CommandSpec spec;
  spec.command = hook.command;
  spec.timeout = milliseconds(std::min<std::uint64_t>(hook.timeout_ms, INT32_MAX));
  TRY(const CommandEnd end, run_command(spec, io));
  CommandResult result;
  result.exit_code = end.exit_code;
  result.timed_out = end.timed_out;
  result.stopped = end.stopped;
  result.last_lines = io.last_lines();
  return result;
}

std::vector<protocol::Finding> SystemActions::run_checks(const std::vector<protocol::Check>& checks,
                                                         Progress& progress) {
  ProbeContext context{tree_, progress, std::nullopt};
  if (clock_known_) context.clock_ahead = milliseconds(clock_ahead_ms_);
  std::vector<protocol::Finding> findings;
  findings.reserve(checks.size());
  for (const protocol::Check& check : checks) findings.push_back(run_check(check, context));
  return findings;
}

bool SystemActions::wait(milliseconds duration, Progress& progress) {
  const SteadyTime end = clock_.steady() + duration;
  while (!progress.stop_requested()) {
    const auto left = std::chrono::ceil<milliseconds>(end - clock_.steady());
    if (left.count() <= 0) return true;
    clock_.sleep_for(std::min(left, kWaitSlice));
  }
  return false;
}

}  // namespace gannet::agent
