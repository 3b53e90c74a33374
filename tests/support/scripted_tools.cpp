#include "tests/support/scripted_tools.h"

#include <algorithm>

#include "base/text.h"

namespace gannet::agent {
namespace {

/// True when the words of `line` begin with those of `prefix`.
bool begins_with(const std::string& line, const std::string& prefix) {
  return line.starts_with(prefix) && (line.size() == prefix.size() || line[prefix.size()] == ' ');
}

}  // namespace

void ScriptedTools::expect(std::string words, ToolResult result) {
  expect(std::move(words), [result = std::move(result)](const ToolRun&) { return result; });
}

void ScriptedTools::expect(std::string words, Answer answer) {
  script_.emplace_back(std::move(words), std::move(answer));
}

void ScriptedTools::missing(const std::string& program) {
  expect(program, failed(kNoSuchProgram, "/bin/sh: 1: exec: " + program + ": not found\n"));
}

Result<ToolResult> ScriptedTools::run(const ToolRun& run, Progress& /*progress*/) {
  const std::string line = join(run.words, " ");
  log.push_back(line);
  runs.push_back(run);
  const Answer* best = nullptr;
  std::size_t length = 0;
  for (const auto& [words, answer] : script_) {
    if (!begins_with(line, words) || words.size() < length) continue;
    best = &answer;
    length = words.size();
  }
  if (best == nullptr) return ToolResult{};
  const Answer answer = *best;  // it may add to the script
  return answer(run);
}

std::vector<std::string> ScriptedTools::log_without(
    const std::vector<std::string>& prefixes) const {
  std::vector<std::string> lines;
  for (const std::string& line : log) {
    const bool left_out = std::any_of(prefixes.begin(), prefixes.end(), [&](const auto& prefix) {
      return begins_with(line, prefix);
    });
    if (!left_out) lines.push_back(line);
  }
  return lines;
}

ToolResult printed(std::string out) {
  ToolResult result;
  result.out = std::move(out);
  return result;
}

ToolResult failed(int exit_code, std::string err) {
  ToolResult result;
  result.exit_code = exit_code;
  result.err = std::move(err);
  return result;
}

}  // namespace gannet::agent
