#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/report/json_documents.h"
#include "controller/report/table.h"
#include "controller/report/views.h"
#include "controller/report/wording.h"

namespace gannet::controller {
namespace {

const protocol::ReleaseInfo* current_of(const protocol::ServiceStatus& service) {
  const auto found = std::ranges::find(service.kept, service.current, &protocol::ReleaseInfo::id);
  return found == service.kept.end() ? nullptr : &*found;
}

std::string ago(std::int64_t when_ms, const View& view) {
  return format_age(view.now_ms - when_ms) + " ago";
}

/// "2026-11-23 10:01 (3 min ago)".
std::string since_text(std::int64_t when_ms, const View& view) {
  constexpr std::size_t kToTheMinute = 16;
  return format_local(when_ms).substr(0, kToTheMinute) + " (" + ago(when_ms, view) + ")";
}

/// "2 files drifted", "1 service differs", or both.
std::string drift_text(const protocol::ServiceStatus& service) {
  std::vector<std::string> parts;
  if (!service.drift.empty()) parts.push_back(count_of(service.drift.size(), "file") + " drifted");
  if (!service.runtime.empty()) parts.emplace_back("does not run as deployed");
  return join(parts, ", ");
}

void add_rows(Table& table, const HostStatus& host, const View& view) {
  if (host.error) {
    table.add({{host.host},
               {},
               {},
               {},
               {},
               {},
               {std::string(gannet::to_string(host.error->code)), Tone::kBad}});
    return;
  }
  if (host.status.services.empty())
    table.add({{host.host}, {}, {}, {}, {}, {}, {"nothing deployed", Tone::kMuted}});
  for (const auto& service : host.status.services) {
    const auto* release = current_of(service);
    const auto since = release == nullptr ? 0 : release->committed_ms;
    Cell state{"as deployed", Tone::kMuted};
    if (service.current.empty()) state = {"never deployed", Tone::kMuted};
    if (has_drifted(service)) state = {drift_text(service), Tone::kNotice};
    table.add({{host.host},
               {service.service},
               {service.current},
               {release == nullptr ? "" : release->tag},
               {since == 0 ? "" : since_text(since, view)},
               {release == nullptr ? "" : release->who},
               state});
  }
}

std::string pending_text(const protocol::PendingInfo& pending, const View& view) {
  const std::string state = pending.rebooting ? "a release is in its planned restart: "
                                              : "a release waits to be confirmed: ";
  auto text = state + one_line(pending.reason) + " by " + one_line(pending.who) + ", since " +
              ago(pending.since_ms, view) + " (run " + one_line(pending.run) + ", " +
              one_line(join(pending.services, ", ")) + ")";
  if (pending.deadline_ms > view.now_ms)
    text += "; it goes back by itself in " + format_age(pending.deadline_ms - view.now_ms);
  else if (pending.deadline_ms != 0)
    text += "; its time is over, it goes back at the next contact";
  return text;
}

std::string lock_text(const protocol::LockInfo& lock, const View& view) {
  auto text = "locked by " + one_line(lock.who) + " since " + ago(lock.since_ms, view) + ": " +
              one_line(lock.reason);
  if (lock.expires_ms > view.now_ms)
    text += "; for another " + format_age(lock.expires_ms - view.now_ms);
  return text;
}

std::string recovery_text(const protocol::Recovery& recovery, const View& view) {
  auto text = "an unfinished deployment was put back " + ago(recovery.when_ms, view) + ": " +
              one_line(recovery.reason) + " (run " + one_line(recovery.run) + ", " +
              one_line(join(recovery.services, ", ")) + ")";
  text += recovery.healthy ? "; healthy since" : "; NOT healthy: " + one_line(recovery.detail);
  return text;
}

std::string remarks(const HostStatus& host, const View& view) {
  std::string text;
  const auto say = [&](Tone tone, const std::string& what) {
    text += host.host + ": " + view.style.paint(tone, what) + "\n";
  };
  if (host.status.lock) say(Tone::kNotice, lock_text(*host.status.lock, view));
  if (host.status.pending) say(Tone::kNotice, pending_text(*host.status.pending, view));
  if (const auto& recovery = host.status.last_recovery)
    say(recovery->healthy ? Tone::kNotice : Tone::kBad, recovery_text(*recovery, view));
  for (const auto& service : host.status.services) {
    for (const auto& change : service.drift)
      say(Tone::kNotice, service.service + ": " + std::string(drift_word(change.kind)) + " " +
                             one_line(change.path));
    for (const auto& finding : service.runtime) {
      say(tone_of(finding.severity),
          service.service + ": " + one_line(finding.name) + ": " + one_line(finding.message));
      if (!finding.hint.empty()) text += "  fix: " + indented(finding.hint, 7) + "\n";
    }
  }
  return text;
}

}  // namespace

bool has_drifted(const protocol::ServiceStatus& service) {
  return !service.drift.empty() || !service.runtime.empty();
}

std::string_view drift_word(protocol::ChangeKind kind) {
  switch (kind) {
    case protocol::ChangeKind::kAdd:
      return "missing on the host:";
    case protocol::ChangeKind::kModify:
      return "content differs:";
    case protocol::ChangeKind::kAttributes:
      return "mode or owner differs:";
    case protocol::ChangeKind::kRemove:
      return "should not be there:";
  }
  return "differs:";
}

std::string status_text(const StatusOutput& output, const View& view) {
  Table table({"HOST", "SERVICE", "RELEASE", "TAG", "SINCE", "BY", "STATE"});
  std::string words;
  for (const auto& host : output.hosts) {
    add_rows(table, host, view);
    if (!host.error) words += remarks(host, view);
    words += missed_text(host.missed, view);
  }
  auto text = table.render(view.style, view.columns);
  return words.empty() ? text : text + "\n" + words;
}

nlohmann::json status_json(const StatusOutput& output) {
  auto list = nlohmann::json::array();
  for (const auto& host : output.hosts) {
    nlohmann::json entry{{"host", host.host}, {"services", nlohmann::json::array()}};
    entry["missed_deploys"] = missed_json(host.missed);
    if (host.error) {
      entry["error"] = error_json(*host.error);
      list.push_back(std::move(entry));
      continue;
    }
    entry["facts"] = facts_json(host.facts);
    for (const auto& service : host.status.services)
      entry["services"].push_back(service_json(host.host, service));
    entry["lock"] = lock_json(host.status.lock);
    entry["pending"] = pending_json(host.status.pending);
    entry["last_recovery"] = recovery_json(host.status.last_recovery);
    list.push_back(std::move(entry));
  }
  return list;
}

std::string known_text(const std::vector<ResultStore::Known>& known, const View& view) {
  if (known.empty()) return "No deployment of this project is on record.\n";
  Table table({"HOST", "SERVICE", "RELEASE", "TAG", "SINCE", "RUN", "STATE"});
  for (const auto& row : known)
    table.add({{row.host},
               {row.service},
               {row.release},
               {row.tag},
               {since_text(row.when_ms, view)},
               {row.run},
               {std::string(to_string(row.outcome)), tone_of(row.outcome)}});
  return table.render(view.style, view.columns) +
         "\nThis is what the record says; the hosts were not asked.\n";
}

nlohmann::json known_json(const std::vector<ResultStore::Known>& known) {
  auto list = nlohmann::json::array();
  for (const auto& row : known)
    list.push_back({{"host", row.host},
                    {"service", row.service},
                    {"release", row.release},
                    {"tag", row.tag},
                    {"run", row.run},
                    {"outcome", to_string(row.outcome)},
                    {"when_ms", row.when_ms}});
  return list;
}

}  // namespace gannet::controller
