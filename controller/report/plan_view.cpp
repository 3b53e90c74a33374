#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/report/json_documents.h"
#include "controller/report/views.h"
#include "controller/report/wording.h"

namespace gannet::controller {
namespace {

using protocol::ChangeKind;
using protocol::FileChange;

struct Totals {
  std::size_t added = 0, changed = 0, removed = 0, actions = 0, hosts = 0, unchanged = 0;
  std::uint64_t upload_bytes = 0;
};

bool changed(const PlannedService& service) { return !service.unchanged(); }

bool changed(const HostPlan& host) {
  return std::ranges::any_of(host.services, [](const auto& service) { return changed(service); });
}

std::string_view sign(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kAdd:
      return "+";
    case ChangeKind::kModify:
    case ChangeKind::kAttributes:
      return "~";
    case ChangeKind::kRemove:
      return "-";
  }
  return "~";
}

Tone tone_of_change(ChangeKind kind) {
  if (kind == ChangeKind::kAdd) return Tone::kGood;
  return kind == ChangeKind::kRemove ? Tone::kBad : Tone::kNotice;
}

/// "mode 0644 -> 0600, owner root:root -> pi:pi", and the size of what is new.
std::string attributes(const FileChange& change) {
  std::vector<std::string> parts;
  const auto differ = [&](const char* what, const std::string& before, const std::string& after) {
    if (before != after) parts.push_back(std::string(what) + " " + before + " -> " + after);
  };
  if (change.kind == ChangeKind::kAdd) {
    parts = {format_size(change.new_size), mode_text(change.new_mode)};
    if (!change.new_owner.empty()) parts.push_back(change.new_owner);
  } else if (change.kind != ChangeKind::kRemove) {
    if (change.kind == ChangeKind::kModify)
      differ("size", format_size(change.old_size), format_size(change.new_size));
    differ("mode", mode_text(change.old_mode), mode_text(change.new_mode));
    differ("owner", change.old_owner, change.new_owner);
  }
  if (change.unmanaged) parts.emplace_back("changed on the host since gannet put it there");
  return join(parts, ", ");
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
  auto text = "    " + style.paint(tone_of_change(change.kind),
                                   std::string(sign(change.kind)) + " " + printable(change.path));
  if (const auto details = attributes(change); !details.empty())
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

std::string service_text(const PlannedService& service, const Style& style) {
  auto text = "  " + style.paint(Tone::kStrong, service.service);
  if (service.current.empty())
    text += "  " + style.paint(Tone::kMuted, "first release");
  else
    text += "  " +
            style.paint(Tone::kMuted, "now " + (service.current_tag.empty() ? service.current
                                                                            : service.current_tag));
  if (!changed(service)) return text + "  unchanged\n";
  text += "\n";
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
  if (!changed(host)) return text + "  unchanged\n";
  for (const auto& service : host.services) text += service_text(service, style);
  return text;
}

void count(const HostPlan& host, Totals& totals) {
  ++(changed(host) ? totals.hosts : totals.unchanged);
  totals.upload_bytes += host.upload_bytes;
  for (const auto& service : host.services) {
    totals.actions += service.actions.size();
    for (const auto& file : service.files) {
      if (file.change.kind == ChangeKind::kAdd) ++totals.added;
      if (file.change.kind == ChangeKind::kRemove) ++totals.removed;
      if (file.change.kind == ChangeKind::kModify || file.change.kind == ChangeKind::kAttributes)
        ++totals.changed;
    }
  }
}

std::string totals_text(const Totals& totals) {
  if (totals.hosts + totals.unchanged == 0) return "Plan: no host could be asked\n";
  if (totals.hosts == 0) return "Plan: nothing to change\n";
  auto text = "Plan: " + std::to_string(totals.added) + " to add, " +
              std::to_string(totals.changed) + " to change, " + std::to_string(totals.removed) +
              " to remove";
  if (totals.actions > 0) text += ", " + count_of(totals.actions, "action");
  text += " on " + count_of(totals.hosts, "host");
  if (totals.unchanged > 0) text += "; " + count_of(totals.unchanged, "host") + " unchanged";
  if (totals.upload_bytes > 0) text += "; " + format_size(totals.upload_bytes) + " to upload";
  return text + "\n";
}

}  // namespace

std::string plan_text(const PlanOutput& plan, const View& view) {
  std::vector<std::pair<std::string, std::vector<std::string>>> bodies;
  Totals totals;
  for (const auto& host : plan.hosts) {
    if (host.error) continue;  // the closing lines tell
    count(host, totals);
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
  text += totals_text(totals);
  return totals.hosts == 0 ? text : text + watchdog_text(plan.watchdog) + "\n";
}

nlohmann::json plan_json(const PlanOutput& plan) {
  auto list = nlohmann::json::array();
  for (const auto& host : plan.hosts) {
    nlohmann::json entry{{"host", host.host},
                         {"wave", host.wave},
                         {"changes", changed(host)},
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
                                   {"commands", service.commands},
                                   {"actions", std::move(actions)},
                                   {"files", std::move(files)}});
    }
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace gannet::controller
