#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/report/json_documents.h"
#include "controller/report/table.h"
#include "controller/report/views.h"
#include "controller/report/wording.h"

namespace gannet::controller {
namespace {

using protocol::Severity;

constexpr std::size_t kErrorColumns = 60;  // the closing lines hold the whole text

/// One piece of advice and the hosts it is for.
struct Fix {
  std::string text;
  std::vector<std::string> hosts;
};

std::vector<Fix> fixes_of(const CheckOutput& output) {
  std::vector<Fix> fixes;
  for (const auto& result : output.results) {
    for (const auto& finding : result.findings) {
      if (finding.severity == Severity::kPass || finding.hint.empty()) continue;
      const auto text = one_line(finding.name) + ": " + one_line(finding.hint);
      const auto same = std::ranges::find(fixes, text, &Fix::text);
      if (same != fixes.end())
        same->hosts.push_back(result.host);
      else
        fixes.push_back({text, {result.host}});
    }
  }
  return fixes;
}

}  // namespace

std::string check_text(const CheckOutput& output, const View& view) {
  Table table({"HOST", "CHECK", "RESULT", "MESSAGE"});
  for (const auto& result : output.results) {
    if (result.error) {
      table.add({{result.host},
                 {"connect"},
                 {"error", Tone::kBad},
                 {cut_to(one_line(result.error->context), kErrorColumns)}});
      continue;
    }
    for (const auto& finding : result.findings) {
      if (view.quiet && finding.severity == Severity::kPass) continue;
      const std::string severity(protocol::to_string(finding.severity));
      table.add({{result.host},
                 {finding.name},
                 {severity, tone_of(finding.severity)},
                 {finding.message}});
    }
  }
  auto text = table.render(view.style, view.columns);
  const auto fixes = fixes_of(output);
  if (!fixes.empty()) text += "\n";
  for (const auto& fix : fixes)
    text += view.style.paint(Tone::kNotice, "fix:") + " " + name_hosts(fix.hosts) + ": " +
            fix.text + "\n";
  return text;
}

nlohmann::json findings_json(const CheckOutput& output) {
  auto list = nlohmann::json::array();
  for (const auto& result : output.results)
    for (const auto& finding : result.findings) list.push_back(finding_json(result.host, finding));
  return list;
}

nlohmann::json facts_json(const CheckOutput& output) {
  auto all = nlohmann::json::object();
  for (const auto& result : output.results)
    if (!result.error) all[result.host] = facts_json(result.facts);
  return all;
}

}  // namespace gannet::controller
