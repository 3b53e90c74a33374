// Plans as documents, for pasting into an issue.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "controller/report/markdown.h"
#include "controller/report/plan_parts.h"
#include "controller/report/views.h"
#include "controller/report/wording.h"

namespace gannet::controller {
namespace {

std::string codes(const std::vector<std::string>& texts) {
  std::vector<std::string> all;
  all.reserve(texts.size());
  for (const auto& text : texts) all.push_back(markdown_code(text));
  return all.empty() ? "-" : join(all, "<br>");
}

/// "+1 ~3 -1".
std::string file_counts(const PlannedService& service) {
  std::string text;
  for (const std::string_view sign : {"+", "~", "-"}) {
    const auto count = std::ranges::count_if(service.files, [&](const PlannedFile& file) {
      return change_sign(file.change.kind) == sign;
    });
    if (count > 0) text += (text.empty() ? "" : " ") + std::string(sign) + std::to_string(count);
  }
  return text.empty() ? text : markdown_code(text);
}

std::vector<std::string> actions_of(const PlannedService& service) {
  std::vector<std::string> texts;
  if (service.definition_changed && !service.current.empty())
    texts.emplace_back("commands, health checks or what runs differ");
  for (const auto& action : service.actions)
    texts.push_back(action.why.empty() ? action.what : action.what + ": " + action.why);
  for (const auto& command : service.commands) texts.push_back("runs: " + command);
  return texts;
}

std::string service_row(const PlannedService& service) {
  const auto actions = actions_of(service);
  const auto files = file_counts(service);
  std::string what = service.unchanged() ? "unchanged" : actions.empty() ? "-" : codes(actions);
  return markdown_row({markdown_code(service.service), markdown_code(release_step(service)),
                       files.empty() ? "-" : files, what});
}

std::string files_of(const PlannedService& service) {
  if (service.files.empty()) return {};
  auto body = markdown_head({"", "File", "Details"});
  std::string diffs;
  for (const auto& file : service.files) {
    std::vector<std::string> details;
    if (const auto text = change_details(file.change); !text.empty()) details.push_back(text);
    if (!file.note.empty()) details.push_back(file.note);
    const auto path = markdown_code(file.change.path);
    body += markdown_row({markdown_code(change_sign(file.change.kind)), path, codes(details)});
    if (!file.diff.empty()) diffs += "\n" + path + "\n\n" + markdown_fence("diff", file.diff);
  }
  return markdown_details(
      markdown_code(service.service) + ": " + count_of(service.files.size(), "file"), body + diffs);
}

std::string returning_of(const PlannedService& service) {
  if (!service.returning || service.unchanged()) return {};
  std::string text;
  if (goes_forward(service)) text += "> **Note:** " + markdown_code(forward_note(service)) + "\n\n";
  std::string body;
  for (const auto& line : returning_lines(*service.returning))
    body += "- " + markdown_code(line) + "\n";
  for (const auto& path : service.returning->files) body += "- file " + markdown_code(path) + "\n";
  if (body.empty()) return text;
  return text + markdown_details(
                    "All that " + markdown_code(service.service) + " " +
                        markdown_code(release_name(service.returning->id, service.returning->tag)) +
                        " consists of",
                    body);
}

std::string findings_of(const HostPlan& host) {
  std::string text;
  for (const auto& problem : host.problems)
    text += "- **cannot be restored:** " + markdown_code(problem) + "\n";
  for (const auto& finding : host.findings) {
    if (finding.severity == protocol::Severity::kPass) continue;
    text += "- **" + std::string(protocol::to_string(finding.severity)) + ":** " +
            markdown_code(finding.name + ": " + finding.message);
    if (!finding.hint.empty()) text += " (fix: " + markdown_code(finding.hint) + ")";
    text += "\n";
  }
  return text.empty() ? text : text + "\n";
}

std::string host_body(const HostPlan& host) {
  auto text = findings_of(host);
  if (!host.problems.empty()) return text + "Nothing would be touched on this host.\n";
  if (!host.changes()) return text + "Unchanged.\n";
  text += markdown_head({"Service", "Release", "Files", "Actions"});
  for (const auto& service : host.services) text += service_row(service);
  text += "\n";
  for (const auto& service : host.services) text += returning_of(service) + files_of(service);
  return text;
}

std::string hosts_of(const PlanOutput& plan) {
  std::vector<std::pair<std::string, std::vector<std::string>>> bodies;
  for (const auto& host : plan.hosts) {
    if (host.error) continue;
    auto body = host_body(host);
    const auto same = std::ranges::find(bodies, body, &decltype(bodies)::value_type::first);
    if (same != bodies.end())
      same->second.push_back(host.host);
    else
      bodies.emplace_back(std::move(body), std::vector{host.host});
  }
  std::string text;
  for (const auto& [body, hosts] : bodies)
    text += "\n### " + markdown_code(name_hosts(hosts)) + "\n\n" + body;
  return text;
}

/// In text the closing lines tell of these hosts; a document has no others.
std::string not_asked(const PlanOutput& plan) {
  std::string rows;
  for (const auto& host : plan.hosts)
    if (host.error)
      rows += markdown_row({markdown_code(host.host), markdown_code(host.error->context),
                            markdown_code(host.error->hint)});
  if (rows.empty()) return rows;
  return "\n### Not in this plan\n\n" + markdown_head({"Host", "Why", "Hint"}) + rows;
}

std::string heading_of(std::string_view what, const PlanHeading& heading, const PlanOutput& plan) {
  auto text = "## " + std::string(what) + " of " + markdown_code(heading.project);
  if (!heading.environment.empty()) text += " in " + markdown_code(heading.environment);
  const auto totals = count_changes(plan);
  text += "\n\n" + totals_text(totals) + "\n";
  if (totals.hosts > 0) text += "\n" + watchdog_text(plan.watchdog) + "\n";
  return text;
}

std::string downtime_of(const PlanOutput& plan) {
  const auto all = interruptions(plan);
  std::string text = "\n### Expected downtime\n\n";
  if (all.empty()) return text + "None, as far as gannet knows: nothing is restarted by it.\n";
  text += markdown_head({"Wave", "Hosts", "Service", "Down while"});
  for (const auto& one : all)
    text += markdown_row({std::to_string(one.wave + 1), markdown_code(name_hosts(one.hosts)),
                          markdown_code(one.service), markdown_code(one.because)});
  return text;
}

std::string carried_out_by(const PlanHeading& heading) {
  return "\n### Command\n\n" + markdown_fence("sh", heading.command);
}

}  // namespace

std::string plan_markdown(const PlanOutput& plan, const PlanHeading& heading) {
  auto text = heading_of("Plan", heading, plan) + hosts_of(plan) + not_asked(plan);
  return count_changes(plan).hosts == 0 ? text : text + carried_out_by(heading);
}

std::string rollback_markdown(const PlanOutput& plan, const PlanHeading& heading) {
  auto text = heading_of("Rollback plan", heading, plan) + hosts_of(plan) + not_asked(plan);
  if (count_changes(plan).hosts == 0) return text;
  return text + downtime_of(plan) + carried_out_by(heading);
}

}  // namespace gannet::controller
