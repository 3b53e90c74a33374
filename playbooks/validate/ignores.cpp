#include "playbooks/validate/ignores.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "inventory/yaml_node.h"
#include "playbooks/validate/rules.h"

namespace gannet::playbooks {
namespace {

using inventory::in_quotes;
using inventory::Problem;

constexpr std::string_view kBlank = " \t";

/// Behind "gannet: ignore" of a comment that begins at `hash`; npos: it is another one.
std::size_t behind_ignore(std::string_view line, std::size_t hash) {
  std::size_t at = hash + 1;
  for (const std::string_view word : {"gannet:", "ignore"}) {
    at = line.find_first_not_of(kBlank, at);
    if (at == std::string_view::npos || !line.substr(at).starts_with(word)) {
      return std::string_view::npos;
    }
    at += word.size();
  }
  const bool ends = at == line.size() || kBlank.find(line[at]) != std::string_view::npos;
  return ends ? at : std::string_view::npos;
}

bool is_comment(std::string_view line) {
  const auto first = line.find_first_not_of(kBlank);
  return first != std::string_view::npos && line[first] == '#';
}

/// What the comment in `line` allows, without last_line; empty: no such comment.
std::vector<Ignore> ignores_of(std::string_view line, const inventory::SourceLocation& from) {
  for (std::size_t hash = line.find('#'); hash != std::string_view::npos;
       hash = line.find('#', hash + 1)) {
    const bool begins = hash == 0 || kBlank.find(line[hash - 1]) != std::string_view::npos;
    const std::size_t at = begins ? behind_ignore(line, hash) : std::string_view::npos;
    if (at == std::string_view::npos) continue;
    const auto dashes = line.find("--", at);
    std::string names(line.substr(at, dashes - at));
    std::ranges::replace(names, ',', ' ');
    std::ranges::replace(names, '\t', ' ');
    Ignore ignore{from, std::string(line), "", 0, false};
    ignore.from.column = static_cast<int>(display_width(line.substr(0, hash))) + 1;
    ignore.reason = dashes != std::string_view::npos && !trim(line.substr(dashes + 2)).empty();
    std::vector<Ignore> all;
    for (const std::string& name : split(names, ' ')) {
      if (name.empty()) continue;
      all.push_back(ignore);
      all.back().rule = name;
    }
    if (all.empty()) all.push_back(ignore);
    return all;
  }
  return {};
}

Problem about(const Ignore& ignore, std::string_view rule, std::string message, std::string hint) {
  Problem problem = finding(rule, ignore.from, std::move(message), std::move(hint));
  problem.source_line = ignore.source_line;
  return problem;
}

constexpr std::string_view kForm = "write # gannet: ignore GN-PORT-003 -- the reason";

/// What is wrong with the comment by itself.
void check_ignore(const Ignore& ignore, std::vector<Problem>& wrong) {
  const Rule* rule = find_rule(ignore.rule);
  if (rule == nullptr) {
    const std::string name = in_quotes(printable(ignore.rule));
    Problem problem =
        about(ignore, "GN-IGN-001",
              ignore.rule.empty() ? "the comment names no rule" : "there is no rule " + name,
              ignore.rule.empty() ? std::string(kForm) : "gannet explain lists all rules");
    const std::string near = nearest_rule(ignore.rule);
    if (!near.empty() && !ignore.rule.empty()) problem.note = "did you mean " + near + "?";
    wrong.push_back(std::move(problem));
    return;
  }
  if (rule->stops_deploy) {
    wrong.push_back(about(ignore, "GN-IGN-004",
                          std::string(rule->id) + " cannot be allowed: a deployment stops at it",
                          "remove the comment, and correct what it is about"));
    return;
  }
  if (!ignore.reason) {
    wrong.push_back(about(ignore, "GN-IGN-002",
                          "the comment does not say why " + std::string(rule->id) + " is allowed",
                          std::string(kForm)));
  }
}

bool allows(const Ignore& ignore, const Problem& problem) {
  const Rule* rule = find_rule(ignore.rule);
  return rule != nullptr && !rule->stops_deploy && rule->id == problem.rule &&
         ignore.from.file == problem.from.file && ignore.from.line <= problem.from.line &&
         problem.from.line <= ignore.last_line;
}

/// Whether the whole project was looked at, so that what was not found is not there.
bool is_complete(const std::vector<Problem>& found) {
  return std::ranges::none_of(found, [](const Problem& problem) {
    const Rule* rule = find_rule(problem.rule);
    return rule == nullptr || rule->stops_deploy;
  });
}

}  // namespace

std::vector<Ignore> find_ignores(std::string_view text, const std::string& file) {
  std::vector<Ignore> found;
  std::size_t open = 0;  // first that still waits for a line that is no comment
  for (int number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    for (Ignore& ignore : ignores_of(line, {file, number, 1})) found.push_back(std::move(ignore));
    for (std::size_t i = open; i < found.size(); ++i) found[i].last_line = number;
    if (!is_comment(line)) open = found.size();
  }
  return found;
}

void apply_ignores(std::vector<Problem>& found, const std::set<std::string>& files) {
  const bool complete = is_complete(found);
  std::vector<Problem> wrong;
  for (const std::string& file : files) {
    const auto text = inventory::read_text_file(file, inventory::kMaxYamlBytes);
    if (!text) continue;
    for (const Ignore& ignore : find_ignores(*text, file)) {
      check_ignore(ignore, wrong);
      const auto taken =
          std::erase_if(found, [&](const Problem& problem) { return allows(ignore, problem); });
      const Rule* rule = find_rule(ignore.rule);
      if (taken != 0 || !complete || rule == nullptr || rule->stops_deploy) continue;
      wrong.push_back(about(ignore, "GN-IGN-003",
                            std::string(rule->id) + " finds nothing here: the comment can go",
                            "remove it, or put it on the line of the finding or right above"));
    }
  }
  found.insert(found.end(), wrong.begin(), wrong.end());
}

}  // namespace gannet::playbooks
