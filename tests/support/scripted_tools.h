// Programs that answer from a script, and a log of what was asked of them.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "agent/services/tool.h"

namespace gannet::agent {

/// Stands for docker, systemctl, caddy. A command line is the words of a run joined by one space.
class ScriptedTools final : public Tools {
 public:
  using Answer = std::function<ToolResult(const ToolRun&)>;

  /// What a run that begins with `words` ("systemctl show") gives from now on. Of several that
  /// match, the longest counts; of equally long ones the one that was said last.
  void expect(std::string words, ToolResult result);
  /// The same with an answer that is made when it is asked for.
  void expect(std::string words, Answer answer);
  /// No program of that name: exit code 127 with what a shell says.
  void missing(const std::string& program);

  /// Runs that nobody expected succeed and print nothing.
  Result<ToolResult> run(const ToolRun& run, Progress& progress) override;

  /// The lines of `log` that do not begin with any of `prefixes`: without those that only look.
  [[nodiscard]] std::vector<std::string> log_without(
      const std::vector<std::string>& prefixes) const;

  std::vector<std::string> log;  ///< command lines, in the order they were run
  std::vector<ToolRun> runs;     ///< the same as they were asked for

 private:
  std::vector<std::pair<std::string, Answer>> script_;
};

/// A run that ended well and printed `out`.
[[nodiscard]] ToolResult printed(std::string out);
/// A run that ended with `exit_code` and printed `err` on stderr.
[[nodiscard]] ToolResult failed(int exit_code, std::string err);

}  // namespace gannet::agent
