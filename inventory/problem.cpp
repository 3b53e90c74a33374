#include "inventory/problem.h"

#include <algorithm>
#include <fstream>
#include <string>

#include "base/text.h"

namespace gannet::inventory {
namespace {

constexpr std::size_t kMaxShown = 100;  // characters of a source line
constexpr std::size_t kMaxProblems = 20;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }

/// Byte position of the 1-based character `column` in `line`.
std::size_t byte_of_column(std::string_view line, int column) {
  std::size_t at = 0;
  for (int left = column - 1; left > 0 && at < line.size(); --left) {
    ++at;
    while (at < line.size() && is_continuation(line[at])) ++at;
  }
  return at;
}

int column_of_byte(std::string_view line, std::size_t byte) {
  int column = 1;
  for (std::size_t i = 0; i < byte && i < line.size(); ++i) {
    if (!is_continuation(line[i])) ++column;
  }
  return column;
}

/// One line, without anything that could drive a terminal or shift the caret.
std::string shown(std::string_view text) {
  std::string flat(text);
  std::replace(flat.begin(), flat.end(), '\t', ' ');
  return printable(flat);
}

std::string excerpt(const Problem& problem) {
  const std::string_view line = problem.source_line;
  const std::size_t at = byte_of_column(line, problem.from.column);
  std::size_t begin = 0;
  if (line.size() > kMaxShown && at > kMaxShown / 2) begin = at - kMaxShown / 2;
  while (begin > 0 && begin < line.size() && is_continuation(line[begin])) --begin;
  std::size_t end = std::min(line.size(), begin + kMaxShown);
  while (end < line.size() && is_continuation(line[end])) ++end;

  const std::string lead = begin > 0 ? "..." : "";
  const std::string before = lead + shown(line.substr(begin, at - begin));
  const std::string number = std::to_string(problem.from.line);
  std::string out = "\n" + std::string(number.size() < 5 ? 5 - number.size() : 0, ' ') + number;
  out += " | " + before + shown(line.substr(at, end > at ? end - at : 0));
  if (end < line.size()) out += "...";
  out += "\n      | " + std::string(display_width(before), ' ') + "^";
  if (!problem.note.empty()) out += " " + problem.note;
  return out;
}

}  // namespace

void give_rule(std::vector<Problem>& problems, std::string_view rule, std::size_t from) {
  for (std::size_t i = from; i < problems.size(); ++i) {
    if (problems[i].rule.empty()) problems[i].rule = rule;
  }
}

std::string to_string(const SourceLocation& location) {
  if (location.line == 0) return location.file;
  std::string out = location.file + ":" + std::to_string(location.line);
  if (location.column != 0) out += ":" + std::to_string(location.column);
  return out;
}

std::string to_string(const Problem& problem) {
  std::string out = to_string(problem.from);
  if (!out.empty()) out += ": ";
  out += problem.message;
  if (problem.source_line.empty() || problem.from.line == 0) {
    return problem.note.empty() ? out : out + "; " + problem.note;
  }
  return out + excerpt(problem);
}

Error to_error(const Problem& problem) {
  return Error{Code::kInvalidInput, to_string(problem), problem.hint};
}

std::vector<Error> to_errors(const std::vector<Problem>& problems) {
  std::vector<Error> errors;
  errors.reserve(problems.size());
  for (const Problem& problem : problems) errors.push_back(to_error(problem));
  return errors;
}

Error to_single_error(const std::vector<Problem>& problems) {
  Error error{Code::kInvalidInput, "", ""};
  for (std::size_t i = 0; i < problems.size(); ++i) {
    if (i == kMaxProblems) {
      error.context += "\n... and " + std::to_string(problems.size() - i) + " more";
      break;
    }
    if (i > 0) error.context += "\n";
    error.context += to_string(problems[i]);
    if (error.hint.empty()) error.hint = problems[i].hint;
  }
  return error;
}

void add_source_line(Problem& problem, std::string_view token, int more_lines) {
  std::ifstream in(problem.from.file, std::ios::binary);
  std::string line;
  const int first = problem.from.line;
  for (int number = 1; number <= first + more_lines && std::getline(in, line); ++number) {
    if (number < first) continue;
    if (number == 1 && line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    while (!line.empty() && line.back() == '\r') line.pop_back();
    const std::size_t start = number == first ? byte_of_column(line, problem.from.column) : 0;
    const std::size_t at = token.empty() ? std::string::npos : line.find(token, start);
    if (number == first) problem.source_line = line;
    if (at == std::string::npos) continue;
    problem.from.line = number;
    problem.from.column = column_of_byte(line, at);
    problem.source_line = line;
    return;
  }
}

std::string in_quotes(std::string_view text) { return "\"" + std::string(text) + "\""; }

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const auto near = nearest(word, known);
  return near ? "did you mean \"" + *near + "\"?" : "";
}

}  // namespace gannet::inventory
