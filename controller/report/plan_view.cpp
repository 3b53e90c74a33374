#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/report/json_documents.h"
#include "controller/report/plan_parts.h"
#include "controller/report/views.h"
#include "controller/report/wording.h"

namespace gannet::controller {
namespace {

using protocol::ChangeKind;

Tone tone_of_change(ChangeKind kind) {
  if (kind == ChangeKind::kAdd) return Tone::kGood;
  return kind == ChangeKind::kRemove ? Tone::kBad : Tone::kNotice;
}

std::string diff_text(const std::string& diff, const Style& style) {
  std::string text;
  auto lines = split(diff, '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  for (const auto& line : lines) {
    const auto tone = line.starts_with("+++") || line.starts_with("---") ? Tone::kMuted
                      : line.starts_with('+')                            ? Tone::kGood
                      : line.starts_with('-')                            ? Tone::kBad
                      : line.starts_with("@@")                           ? Tone::kMuted
                                                                         : Tone::kPlain;
    text += "        " + style.paint(tone, printable(line)) + "\n";
  }
  return text;
}

std::string file_text(const PlannedFile& file, const Style& style) {
  const auto& change = file.change;
  auto text =
      "    " + style.paint(tone_of_change(change.kind),
                           std::string(change_sign(change.kind)) + " " + printable(change.path));
  if (const auto details = change_details(change); !details.empty())
    text += "  " + style.paint(Tone::kMuted, printable(details));
  if (!file.note.empty()) text += "  " + style.paint(Tone::kMuted, "(" + file.note + ")");
  return text + "\n" + diff_text(file.diff, style);
}

/// "restart collector.service: environment file /etc/collector.env changes".
std::string action_text(const protocol::PlannedAction& action, const Style& style) {
  auto text = "    " + style.paint(Tone::kNotice, "! " + one_line(action.what));
  if (!action.why.empty()) text += ": " + one_line(action.why);
  return text + "\n";
}

/// What comes back besides the files, which follow as changes, and what is odd about it.
std::string returning_text(const PlannedService& service, const Style& style) {
  if (!service.returning) return {};
  std::string text;
  for (const auto& line : returning_lines(*service.returning))
    text += "    " + style.paint(Tone::kMuted, "brings back " + line) + "\n";
  if (goes_forward(service))
    text += "    " + style.paint(Tone::kNotice, forward_note(service)) + "\n";
  return text;
}

std::string service_text(const PlannedService& service, const Style& style) {
  auto text = "  " + style.paint(Tone::kStrong, service.service);
  text += "  " + style.paint(Tone::kMuted, release_step(service));
  if (service.unchanged()) return text + "  unchanged\n";
  text += "\n" + returning_text(service, style);
  for (const auto& file : service.files) text += file_text(file, style);
  if (service.definition_changed && !service.current.empty())
    text += "    ~ commands, health checks or what runs differ\n";
  for (const auto& action : service.actions) text += action_text(action, style);
  for (const auto& command : service.commands)
    text += "    " + style.paint(Tone::kMuted, "runs:") + " " + indented(command, 10) + "\n";
  return text;
}

/// All that is said about a host, without its name: hosts with equal texts are folded.
std::string body_of(const HostPlan& host, const Style& style) {
  std::string text;
  for (const auto& finding : host.findings) {
    if (finding.severity == protocol::Severity::kPass) continue;
    const std::string severity(protocol::to_string(finding.severity));
    text += "  " + style.paint(tone_of(finding.severity), severity) + "  " +
            one_line(finding.name) + ": " + one_line(finding.message) + "\n";
    if (!finding.hint.empty()) text += "        fix: " + indented(finding.hint, 13) + "\n";
  }
  for (const auto& problem : host.problems)
    text += "  " + style.paint(Tone::kBad, "cannot be restored:") + " " + one_line(problem) + "\n";
  if (!host.problems.empty()) return text + "  nothing would be touched on this host\n";
  if (!host.changes()) return text + "  unchanged\n";
  for (const auto& service : host.services) text += service_text(service, style);
  return text;
}

}  // namespace

std::string plan_text(const PlanOutput& plan, const View& view) {
  std::vector<std::pair<std::string, std::vector<std::string>>> bodies;
  for (const auto& host : plan.hosts) {
    if (host.error) continue;  // the closing lines tell
    const auto body = body_of(host, view.style);
    const auto same = std::ranges::find(bodies, body, &decltype(bodies)::value_type::first);
    if (same != bodies.end())
      same->second.push_back(host.host);
    else
      bodies.push_back({body, {host.host}});
  }
  std::string text;
  for (const auto& [body, hosts] : bodies)
    text += view.style.paint(Tone::kStrong, name_hosts(hosts)) + "\n" + body + "\n";
  const auto totals = count_changes(plan);
  text += totals_text(totals) + "\n";
  return totals.hosts == 0 ? text : text + watchdog_text(plan.watchdog) + "\n";
}

namespace {

nlohmann::json returning_json(const std::optional<ReturningRelease>& back) {
  if (!back) return {};
  return {{"release", back->id},  {"tag", back->tag},
          {"who", back->who},     {"created_ms", back->created_ms},
          {"files", back->files}, {"images", back->images},
          {"units", back->units}, {"sites", back->sites}};
}

}  // namespace

nlohmann::json plan_json(const PlanOutput& plan) {
  auto list = nlohmann::json::array();
  for (const auto& host : plan.hosts) {
    nlohmann::json entry{{"host", host.host},
                         {"wave", host.wave},
                         {"changes", host.changes()},
                         {"upload_bytes", host.upload_bytes},
                         {"problems", host.problems},
                         {"findings", nlohmann::json::array()},
                         {"services", nlohmann::json::array()}};
    if (host.error) entry["error"] = error_json(*host.error);
    for (const auto& finding : host.findings)
      entry["findings"].push_back(finding_json(host.host, finding));
    for (const auto& service : host.services) {
      auto files = nlohmann::json::array();
      for (const auto& file : service.files) {
        auto change = change_json(file.change);
        change["diff"] = file.diff;
        change["note"] = file.note;
        files.push_back(std::move(change));
      }
      auto actions = nlohmann::json::array();
      for (const auto& action : service.actions)
        actions.push_back({{"what", action.what}, {"why", action.why}});
      entry["services"].push_back({{"service", service.service},
                                   {"current", service.current},
                                   {"current_tag", service.current_tag},
                                   {"definition_changed", service.definition_changed},
                                   {"returning", returning_json(service.returning)},
                                   {"commands", service.commands},
                                   {"actions", std::move(actions)},
                                   {"files", std::move(files)}});
    }
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace gannet::controller
