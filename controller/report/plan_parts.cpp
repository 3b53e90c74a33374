#include "controller/report/plan_parts.h"

#include <algorithm>

#include "base/text.h"
#include "controller/report/json_documents.h"
#include "controller/report/wording.h"

namespace gannet::controller {

using protocol::ChangeKind;

std::string_view change_sign(ChangeKind kind) {
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

std::string change_details(const protocol::FileChange& change) {
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

ChangeTotals count_changes(const PlanOutput& plan) {
  ChangeTotals totals;
  for (const auto& host : plan.hosts) {
    if (host.error) continue;
    ++(host.changes() ? totals.hosts : totals.unchanged);
    totals.upload_bytes += host.upload_bytes;
    for (const auto& service : host.services) {
      totals.actions += service.actions.size();
      for (const auto& file : service.files) {
        const auto sign = change_sign(file.change.kind);
        ++(sign == "+" ? totals.added : sign == "-" ? totals.removed : totals.changed);
      }
    }
  }
  return totals;
}

std::string totals_text(const ChangeTotals& totals) {
  if (totals.hosts + totals.unchanged == 0) return "Plan: no host could be asked";
  if (totals.hosts == 0) return "Plan: nothing to change";
  auto text = "Plan: " + std::to_string(totals.added) + " to add, " +
              std::to_string(totals.changed) + " to change, " + std::to_string(totals.removed) +
              " to remove";
  if (totals.actions > 0) text += ", " + count_of(totals.actions, "action");
  text += " on " + count_of(totals.hosts, "host");
  if (totals.unchanged > 0) text += "; " + count_of(totals.unchanged, "host") + " unchanged";
  if (totals.upload_bytes > 0) text += "; " + format_size(totals.upload_bytes) + " to upload";
  return text;
}

std::string release_name(const std::string& id, const std::string& tag) {
  return one_line(tag.empty() ? id : tag);
}

std::string release_step(const PlannedService& service) {
  if (service.current.empty() && !service.returning) return "first release";
  auto text = service.current.empty() ? std::string("none")
                                      : "now " + release_name(service.current, service.current_tag);
  if (!service.returning || service.unchanged()) return text;
  const auto& back = *service.returning;
  text += " -> " + release_name(back.id, back.tag);
  if (back.created_ms != 0) text += " of " + format_local(back.created_ms);
  if (!back.who.empty()) text += " by " + one_line(back.who);
  return text;
}

std::vector<std::string> returning_lines(const ReturningRelease& release) {
  std::vector<std::string> lines;
  lines.reserve(release.images.size() + release.units.size() + release.sites.size());
  for (const auto& image : release.images) lines.push_back("image " + one_line(image));
  for (const auto& unit : release.units) lines.push_back("unit " + one_line(unit));
  for (const auto& site : release.sites) lines.push_back("site " + one_line(site));
  return lines;
}

bool goes_forward(const PlannedService& service) {
  // Ids begin with the time at which they were made.
  return service.returning && !service.current.empty() && !service.unchanged() &&
         service.returning->id > service.current;
}

std::string forward_note(const PlannedService& service) {
  const auto& back = *service.returning;
  return release_name(back.id, back.tag) + " is newer than " +
         release_name(service.current, service.current_tag) +
         ": this takes back the last rollback; to go further back: --to RELEASE";
}

std::optional<ReturningRelease> common_target(const PlanOutput& plan) {
  std::optional<ReturningRelease> target;
  for (const auto& host : plan.hosts) {
    for (const auto& service : host.services) {
      if (!service.returning || service.unchanged()) continue;
      if (target && target->id != service.returning->id) return std::nullopt;
      target = service.returning;
    }
  }
  return target;
}

namespace {

/// "restart x" and "recreate x" end what runs; "start x" finds nothing running, and a reload keeps
/// connections.
bool interrupts(const protocol::PlannedAction& action) {
  return std::ranges::any_of(
      std::initializer_list<std::string_view>{"restart ", "recreate ", "stop "},
      [&](std::string_view verb) { return action.what.starts_with(verb); });
}

std::string interruption_of(const PlannedService& service) {
  std::vector<std::string> causes;
  for (const auto& action : service.actions)
    if (interrupts(action)) causes.push_back(one_line(action.what));
  return join(causes, "; ");
}

}  // namespace

std::vector<Interruption> interruptions(const PlanOutput& plan) {
  std::vector<Interruption> all;
  for (const auto& host : plan.hosts) {
    if (host.error || !obstacles(host).empty()) continue;
    for (const auto& service : host.services) {
      const auto because = interruption_of(service);
      if (because.empty()) continue;
      const auto same = std::ranges::find_if(all, [&](const Interruption& one) {
        return one.wave == host.wave && one.service == service.service && one.because == because;
      });
      if (same != all.end())
        same->hosts.push_back(host.host);
      else
        all.push_back({host.wave, {host.host}, service.service, because});
    }
  }
  std::ranges::stable_sort(all, {}, &Interruption::wave);
  return all;
}

std::vector<std::string> obstacles(const HostPlan& host) {
  std::vector<std::string> all = host.problems;
  for (const auto& finding : host.findings)
    if (finding.severity == protocol::Severity::kFail)
      all.push_back(finding.name + ": " + finding.message);
  return all;
}

}  // namespace gannet::controller
