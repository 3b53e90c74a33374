#include "agent/probes/process_probes.h"

#include <optional>
#include <vector>

#include <unistd.h>

#include "agent/probes/finding.h"
#include "agent/system/line_tail.h"
#include "agent/system/process.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr std::size_t kMaxComm = 15;                 // bytes the kernel keeps of a name
constexpr std::size_t kMaxKept = 64UL * 1024UL;      // bytes of output looked at
constexpr std::string_view kDeleted = " (deleted)";  // the kernel's mark of a replaced file

/// Keeps what a probe's command prints.
class ProbeIo final : public CommandIo {
 public:
  explicit ProbeIo(Progress& progress) : progress_(progress) {}
  void output(OutputStream stream, std::string_view data) override {
    tail_.add(data);
    if (stream == OutputStream::kStdout) text_.append(data);
  }
  [[nodiscard]] bool stop_requested() override { return progress_.stop_requested(); }
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::string last_line() {
    const std::vector<std::string> lines = tail_.take();
    for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
      if (!trim(*line).empty()) return printable(trim(*line));
    }
    return {};
  }

 private:
  Progress& progress_;
  LineTail tail_;
  std::string text_;
};

CommandSpec spec_for(const protocol::Check& check, std::string command) {
  CommandSpec spec;
  spec.command = std::move(command);
  spec.timeout = attempt_limit(check);
  spec.max_output = kMaxKept;
  return spec;
}

/// State of a process: the letter behind its name in /proc/<pid>/stat.
char process_state(const std::string& folder) {
  const std::string stat = read_word(folder + "/stat");
  const std::size_t bracket = stat.rfind(')');
  return bracket != std::string::npos && bracket + 2 < stat.size() ? stat[bracket + 2] : '?';
}

bool is_process(const std::string& folder, const std::string& target) {
  if (target.starts_with('/')) {
    std::string program = read_link(folder + "/exe");
    if (program.ends_with(kDeleted)) program.resize(program.size() - kDeleted.size());
    return program == target;
  }
  return read_word(folder + "/comm") == target.substr(0, kMaxComm) && process_state(folder) != 'Z';
}

/// The value of KEY=VALUE in what `systemctl show` prints.
std::string property(std::string_view output, std::string_view key) {
  for (const std::string& line : split(output, '\n')) {
    if (line.starts_with(key) && line.size() > key.size() && line[key.size()] == '=') {
      return line.substr(key.size() + 1);
    }
  }
  return {};
}

protocol::Finding unit_finding(const protocol::Check& check, std::string_view output) {
  const std::string load = property(output, "LoadState");
  const std::string active = property(output, "ActiveState");
  const std::string sub = property(output, "SubState");
  const std::string result = property(output, "Result");
  if (load == "not-found") {
    return miss(check, check.target + " does not exist on this host",
                "install the unit, then: systemctl daemon-reload");
  }
  std::string state = active + " (" + sub + ")";
  if (!result.empty() && result != "success") state += ", result: " + result;
  protocol::Finding finding = judge(check, active != "active", check.target + " is " + state,
                                    "see why: journalctl -n 50 -u " + shell_quote(check.target));
  add_value(finding, "active", active);
  add_value(finding, "sub", sub);
  for (const auto& [key, name] :
       {std::pair("MainPID", "pid"), std::pair("NRestarts", "restarts")}) {
    const std::string value = property(output, key);
    if (!value.empty()) add_value(finding, name, value);
  }
  return finding;
}

}  // namespace

protocol::Finding probe_process(const protocol::Check& check, const HostTree& tree) {
  std::vector<std::string> pids;
  for (const std::string& name : list_directory(tree.path("/proc"))) {
    if (parse_unsigned(name) && is_process(tree.path("/proc/") + name, check.target)) {
      pids.push_back(name);
    }
  }
  const std::string hint =
      check.target.starts_with('/') && ::geteuid() != 0
          ? "start it; without root only the user's own programs can be told by their path"
          : "start it, and see its log for why it ended";
  if (pids.empty()) return miss(check, "no process " + check.target + " runs", hint);
  protocol::Finding finding = pass(check, check.target + " runs (pid " + join(pids, ", ") + ")");
  add_value(finding, "pid", pids.front());
  add_value(finding, "count", pids.size());
  return finding;
}

protocol::Finding probe_unit(const protocol::Check& check, const ProbeContext& context) {
  if (::access(context.tree.path("/run/systemd/system").c_str(), F_OK) != 0) {
    return miss(check,
                check.target +
                    " cannot be asked for: this host does not run systemd (process 1 is " +
                    read_word(context.tree.path("/proc/1/comm")) + ")",
                "check the service another way: process, port_open or http");
  }
  ProbeIo io(context.progress);
  const std::string command =
      "systemctl show --no-pager -p LoadState -p ActiveState -p SubState -p Result -p MainPID "
      "-p NRestarts -- " +
      shell_quote(check.target);
  const auto end = run_command(spec_for(check, command), io);
  if (!end) return miss(check, end.error().context, end.error().hint);
  if (end->timed_out || end->stopped || property(io.text(), "ActiveState").empty()) {
    const std::string line = io.last_line();
    return miss(check,
                "systemctl did not tell the state of " + check.target +
                    (end->timed_out ? " within " + format_duration(attempt_limit(check))
                                    : (line.empty() ? "" : ": " + line)),
                "try it on the host: systemctl status " + shell_quote(check.target));
  }
  return unit_finding(check, io.text());
}

protocol::Finding probe_command(const protocol::Check& check, const ProbeContext& context) {
  ProbeIo io(context.progress);
  const auto end = run_command(spec_for(check, check.target), io);
  if (!end) return miss(check, end.error().context, end.error().hint);
  const std::string hint = "try it on the host: " + check.target;
  if (end->stopped) return miss(check, "the command was cancelled", "run the check again");
  if (end->timed_out) {
    return miss(check, "the command did not finish within " + format_duration(attempt_limit(check)),
                hint);
  }
  const bool missed = end->exit_code != check.expect;
  std::string message = "the command exited with " + std::to_string(end->exit_code);
  if (missed) message += ", wanted: " + std::to_string(check.expect);
  const std::string line = io.last_line();
  if (missed && !line.empty()) message += ": " + line;
  protocol::Finding finding = judge(check, missed, std::move(message), hint);
  add_value(finding, "exit_code", std::to_string(end->exit_code));
  return finding;
}

}  // namespace gannet::agent
