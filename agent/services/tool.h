// Runs the programs that rule services: docker, systemctl, journalctl, caddy.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "agent/progress.h"
#include "agent/service_manager.h"
#include "base/result.h"

namespace gannet::agent {

struct ToolRun {
  std::vector<std::string> words;             ///< program (found in PATH) and arguments
  std::chrono::milliseconds timeout{30'000};  ///< then it and its children are ended
  std::string service;  ///< when not empty, its output is shown as this service's
  /// On top of the agent's own; others on the host do not see it, as they see words.
  std::vector<std::pair<std::string, std::string>> environment;
  std::string folder;  ///< working directory; empty: the agent's
  /// Appends what is next for its stdin; false: that was all. Empty: stdin is /dev/null.
  std::function<bool(std::string&)> input;
};

/// ToolResult::exit_code when the program is not installed.
constexpr int kNoSuchProgram = 127;

struct ToolResult {
  int exit_code = 0;
  bool timed_out = false;
  bool stopped = false;  ///< Progress::stop_requested() ended it
  std::string out;       ///< stdout, at most 8 MiB
  std::string err;       ///< stderr, likewise

  [[nodiscard]] bool ok() const { return exit_code == 0 && !timed_out && !stopped; }
};

class Tools {
 public:
  virtual ~Tools() = default;
  /// Errors: kRemoteIo when nothing could be started.
  [[nodiscard]] virtual Result<ToolResult> run(const ToolRun& run, Progress& progress) = 0;
};

/// The host's own. Programs run in the C locale, without asking anything.
class HostTools final : public Tools {
 public:
  [[nodiscard]] Result<ToolResult> run(const ToolRun& run, Progress& progress) override;
};

/// "docker compose up: exit code 1: <last line of stderr>" with its last lines; also for time-outs
/// and interruptions. `what`: a few words in place of the whole command line.
[[nodiscard]] Failure failure_of(const std::string& what, const ToolResult& result);
[[nodiscard]] Failure failure_of(const std::string& what, Error error);

/// The last lines of stdout and stderr, at most 20.
[[nodiscard]] std::vector<std::string> last_lines(const ToolResult& result);

}  // namespace gannet::agent
