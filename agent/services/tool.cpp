#include "agent/services/tool.h"

#include <algorithm>
#include <utility>

#include "agent/system/line_tail.h"
#include "agent/system/process.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr std::size_t kMaxOutput = 8UL * 1024UL * 1024UL;  // bytes kept of each stream

/// Collects both streams, and shows them when the run is a service's.
class ToolIo final : public CommandIo {
 public:
  ToolIo(const ToolRun& run, ToolResult& result, Progress& progress)
      : run_(run), result_(result), progress_(progress) {
    event_.service = run.service;
  }

  void output(OutputStream stream, std::string_view data) override {
    const bool is_out = stream == OutputStream::kStdout;
    std::string& kept = is_out ? result_.out : result_.err;
    kept.append(data.substr(0, kMaxOutput - std::min(kMaxOutput, kept.size())));
    if (run_.service.empty()) return;
    event_.kind = is_out ? protocol::EventKind::kStdout : protocol::EventKind::kStderr;
    event_.text = data;
    progress_.event(event_);
  }
  [[nodiscard]] bool stop_requested() override { return progress_.stop_requested(); }
  [[nodiscard]] bool read_input(std::string& pending) override { return run_.input(pending); }

 private:
  const ToolRun& run_;
  ToolResult& result_;
  Progress& progress_;
  protocol::Event event_;
};

std::string last_line(const ToolResult& result) {
  const auto lines = last_lines(result);
  return lines.empty() ? std::string() : printable(trim(lines.back()));
}

}  // namespace

Result<ToolResult> HostTools::run(const ToolRun& run, Progress& progress) {
  std::string line = "LC_ALL=C DOCKER_CLI_HINTS=false SYSTEMD_PAGER= SYSTEMD_COLORS=0 exec";
  for (const std::string& word : run.words) line += " " + shell_quote(word);
  CommandSpec spec;
  spec.command = run.folder.empty() ? line : "cd " + shell_quote(run.folder) + " && " + line;
  spec.timeout = run.timeout;
  spec.environment = run.environment;
  spec.with_stdin = static_cast<bool>(run.input);
  spec.max_output = 2 * kMaxOutput;
  ToolResult result;
  ToolIo io(run, result, progress);
  TRY(const CommandEnd end, run_command(spec, io));
  result.exit_code = end.exit_code;
  result.timed_out = end.timed_out;
  result.stopped = end.stopped;
  return result;
}

std::vector<std::string> last_lines(const ToolResult& result) {
  LineTail tail;
  tail.add(result.out);
  if (!result.out.empty() && !result.out.ends_with('\n')) tail.add("\n");
  tail.add(result.err);
  return tail.take();
}

Failure failure_of(const std::string& what, const ToolResult& result) {
  if (result.stopped) {
    return {{Code::kInterrupted, what + ": stopped: the controller cancelled, or its link is gone",
             "deploy again"},
            last_lines(result)};
  }
  if (result.timed_out) {
    return {{Code::kTimeout, what + ": ran into its timeout", "raise the timeout of the service"},
            last_lines(result)};
  }
  std::string why = what + ": exit code " + std::to_string(result.exit_code);
  const std::string said = last_line(result);
  if (!said.empty()) why += ": " + said;
  return {{Code::kCommandFailed, std::move(why), ""}, last_lines(result)};
}

Failure failure_of(const std::string& what, Error error) { return {std::move(error).in(what), {}}; }

}  // namespace gannet::agent
