#include "controller/cli/findings.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <string_view>

#include "base/text.h"
#include "playbooks/validate/rules.h"

namespace gannet::controller {
namespace {

using inventory::Problem;
using inventory::Severity;
using nlohmann::json;
using playbooks::Rule;

/// `file` below `folder` without it; others as they are, absolute ones stay absolute.
std::string below(const std::string& file, const std::string& folder) {
  const auto path = std::filesystem::path(file).lexically_normal();
  if (path.is_relative()) return path.generic_string();
  const auto relative = path.lexically_relative(folder);
  const bool inside = !relative.empty() && *relative.begin() != "..";
  return inside ? relative.generic_string() : path.generic_string();
}

/// What stands in a path of a URI as it is; all else is written as %XX (RFC 3986).
std::string uri_of(const std::string& path) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/";
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string uri = path.starts_with('/') ? "file://" : "";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (kPlain.find(c) != std::string_view::npos) {
      uri += c;
    } else {
      uri += '%';
      uri += kHex[byte >> 4U];
      uri += kHex[byte & 0x0FU];
    }
  }
  return uri;
}

std::string_view sarif_level(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kInfo:
      return "note";
  }
  return "none";
}

/// Message, note and hint as sentences for a reader without the source line.
std::string told(const Problem& problem) {
  std::string text = problem.message;
  if (!problem.note.empty()) text += "; " + problem.note;
  if (!problem.hint.empty()) text += "\nhint: " + problem.hint;
  return text;
}

json sarif_rule(const Rule& rule) {
  return {{"id", rule.id},
          {"shortDescription", {{"text", rule.title}}},
          {"fullDescription", {{"text", rule.wrong}}},
          {"help",
           {{"text", playbooks::rule_page(rule)}, {"markdown", playbooks::rule_markdown(rule)}}},
          {"defaultConfiguration", {{"level", sarif_level(rule.severity)}}}};
}

json sarif_location(const Problem& problem, const std::string& folder) {
  json physical{{"artifactLocation", {{"uri", uri_of(below(problem.from.file, folder))}}}};
  if (problem.from.line > 0) {
    json region{{"startLine", problem.from.line}};
    if (problem.from.column > 0) region["startColumn"] = problem.from.column;
    physical["region"] = region;
  }
  return {{"physicalLocation", physical}};
}

/// `text` as GitHub's runner reads it back; in properties ":" and "," have a meaning, too.
std::string escaped(std::string_view text, std::string_view special) {
  constexpr std::array<std::pair<char, const char*>, 5> kCodes{
      {{'%', "%25"}, {'\r', "%0D"}, {'\n', "%0A"}, {':', "%3A"}, {',', "%2C"}}};
  std::string out;
  for (const char c : text) {
    const auto code = std::ranges::find(kCodes, c, &std::pair<char, const char*>::first);
    const bool replace = code != kCodes.end() && special.find(c) != std::string_view::npos;
    out += replace ? std::string(code->second) : std::string(1, c);
  }
  return out;
}

std::string_view github_level(Severity severity) {
  return severity == Severity::kInfo ? "notice" : playbooks::to_string(severity);
}

}  // namespace

json finding_json(const Problem& problem) {
  return {{"rule", problem.rule},          {"severity", playbooks::to_string(problem.severity)},
          {"file", problem.from.file},     {"line", problem.from.line},
          {"column", problem.from.column}, {"message", problem.message},
          {"note", problem.note},          {"hint", problem.hint}};
}

json sarif_log(const std::vector<Problem>& problems, const std::string& folder) {
  json rules = json::array();
  json results = json::array();
  std::map<std::string, std::size_t> index;
  for (const Problem& problem : problems) {
    const auto [there, fresh] = index.emplace(problem.rule, rules.size());
    const Rule* rule = playbooks::find_rule(problem.rule);
    if (fresh) rules.push_back(rule != nullptr ? sarif_rule(*rule) : json{{"id", problem.rule}});
    results.push_back({{"ruleId", problem.rule},
                       {"ruleIndex", there->second},
                       {"level", sarif_level(problem.severity)},
                       {"message", {{"text", told(problem)}}},
                       {"locations", json::array({sarif_location(problem, folder)})}});
  }
  const json driver{{"name", "gannet"}, {"version", GANNET_VERSION}, {"rules", rules}};
  const json run{
      {"tool", {{"driver", driver}}}, {"columnKind", "unicodeCodePoints"}, {"results", results}};
  return {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
          {"version", "2.1.0"},
          {"runs", json::array({run})}};
}

std::string github_commands(const std::vector<Problem>& problems, const std::string& folder) {
  std::string text;
  for (const Problem& problem : problems) {
    const auto property = [&](std::string_view name, std::string_view value) {
      return std::string(name) + "=" + escaped(value, "%\r\n:,");
    };
    text += "::" + std::string(github_level(problem.severity)) + " " +
            property("file", below(problem.from.file, folder));
    if (problem.from.line > 0) text += "," + property("line", std::to_string(problem.from.line));
    if (problem.from.line > 0 && problem.from.column > 0) {
      text += "," + property("col", std::to_string(problem.from.column));
    }
    text += "," + property("title", problem.rule) + "::" + escaped(told(problem), "%\r\n") + "\n";
  }
  return text;
}

}  // namespace gannet::controller
