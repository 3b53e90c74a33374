#include "playbooks/validate/rules.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace gannet::playbooks {
namespace {

constexpr std::size_t kPageWidth = 78;
constexpr std::size_t kSeverityColumn = 9;

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

/// `text` broken between words, each line behind `indent` blanks.
std::string folded(std::string_view text, std::size_t indent) {
  std::string out;
  std::string line;
  for (const std::string& word : split(std::string(text), ' ')) {
    if (!line.empty() && indent + line.size() + 1 + word.size() > kPageWidth) {
      out += std::string(indent, ' ') + line + "\n";
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return out + std::string(indent, ' ') + line + "\n";
}

std::string indented_lines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out += "    " + std::string(text.substr(0, end)) + "\n";
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

constexpr std::string_view kStops = "A deployment refuses this, too; a comment cannot allow it.";

}  // namespace

std::span<const Rule> all_rules() {
  static const std::vector<Rule> rules = [] {
    std::vector<Rule> all(project_rules().begin(), project_rules().end());
    all.insert(all.end(), compose_rules().begin(), compose_rules().end());
    all.insert(all.end(), unit_rules().begin(), unit_rules().end());
    all.insert(all.end(), secret_rules().begin(), secret_rules().end());
    std::ranges::sort(all, {}, &Rule::id);
    return all;
  }();
  return rules;
}

const Rule* find_rule(std::string_view id) {
  const std::string wanted = upper(id);
  const auto rules = all_rules();
  const auto found = std::ranges::find(rules, wanted, &Rule::id);
  return found == rules.end() ? nullptr : &*found;
}

std::string nearest_rule(std::string_view id) {
  std::vector<std::string> known;
  for (const Rule& rule : all_rules()) known.emplace_back(rule.id);
  return nearest(upper(id), known).value_or("");
}

std::string_view to_string(inventory::Severity severity) {
  switch (severity) {
    case inventory::Severity::kError:
      return "error";
    case inventory::Severity::kWarning:
      return "warning";
    case inventory::Severity::kInfo:
      return "info";
  }
  return "";
}

std::string rule_page(const Rule& rule) {
  std::string text = std::string(rule.id) + " (" + std::string(to_string(rule.severity)) +
                     "): " + std::string(rule.title) + "\n\n" + folded(rule.wrong, 0);
  text += "\nWhy it matters:\n" + folded(rule.matters, 2);
  text += "\nWhat to do:\n" + folded(rule.fix, 2);
  text += "\nExample:\n" + indented_lines(rule.example);
  if (rule.stops_deploy) return text + "\n" + std::string(kStops) + "\n";
  return text +
         "\nTo allow it, with the reason, on the line or the one above it:\n    # gannet: ignore " +
         std::string(rule.id) + " -- why it is right here\n";
}

std::string rule_list() {
  std::string text;
  for (const Rule& rule : all_rules()) {
    std::string id(rule.id);
    id.resize(std::max(id.size() + 2, std::size_t{16}), ' ');
    std::string severity(to_string(rule.severity));
    severity.resize(kSeverityColumn, ' ');
    text += id + severity + std::string(rule.title) + "\n";
  }
  return text;
}

std::string rule_markdown(const Rule& rule) {
  std::string text = std::string(rule.wrong) + "\n\n**Why it matters.** " +
                     std::string(rule.matters) + "\n\n**What to do.** " + std::string(rule.fix) +
                     "\n\n```text\n" + std::string(rule.example) + "```\n";
  if (rule.stops_deploy) text += "\n" + std::string(kStops) + "\n";
  return text;
}

std::string rules_markdown() {
  std::string text = "\n| rule | severity | finds |\n|---|---|---|\n";
  for (const Rule& rule : all_rules()) {
    std::string anchor(rule.id);
    for (char& c : anchor) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    text += "| [" + std::string(rule.id) + "](#" + anchor + ") | " +
            std::string(to_string(rule.severity)) + " | " + std::string(rule.title) + " |\n";
  }
  for (const Rule& rule : all_rules()) {
    text += "\n## " + std::string(rule.id) + "\n\n" + std::string(rule.title) + " (" +
            std::string(to_string(rule.severity)) + ").\n\n" + rule_markdown(rule);
  }
  return text;
}

inventory::Problem finding(std::string_view rule, const inventory::SourceLocation& from,
                           std::string message, std::string hint) {
  inventory::Problem problem;
  problem.from = from;
  problem.message = std::move(message);
  problem.hint = std::move(hint);
  problem.rule = rule;
  if (const Rule* known = find_rule(rule)) problem.severity = known->severity;
  return problem;
}

}  // namespace gannet::playbooks
