#include <set>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/report/json_documents.h"
#include "controller/report/table.h"
#include "controller/report/views.h"
#include "controller/report/wording.h"

namespace gannet::controller {
namespace {

std::string counts(const RunHistory& history) {
  std::vector<Outcome> outcomes;
  outcomes.reserve(history.hosts.size());
  for (const auto& host : history.hosts) outcomes.push_back(host.outcome);
  return outcome_counts(outcomes, vocabulary_of(history.run.command));
}

/// ", 2 still pending": hosts that have not got it since.
std::string missed_note(const RunHistory& history) {
  std::set<std::string> hosts;
  for (const auto& row : history.missed) hosts.insert(row.host);
  return hosts.empty() ? "" : ", " + std::to_string(hosts.size()) + " still pending";
}

Cell exit_cell(const RunRecord& run) {
  if (!run.exit_code) return {"not finished", Tone::kBad};
  return {std::to_string(*run.exit_code), *run.exit_code == 0 ? Tone::kGood : Tone::kNotice};
}

std::string hosts_table(const RunHistory& history, const View& view) {
  Table table({"HOST", "OUTCOME", "PHASE", "SERVICE", "RELEASE", "TAG", "BEFORE", "TIME"});
  for (const auto& host : history.hosts) {
    const auto elapsed = host.finished_ms > host.started_ms && host.started_ms > 0
                             ? format_elapsed(host.finished_ms - host.started_ms)
                             : "";
    const Cell outcome{std::string(to_string(host.outcome)), tone_of(host.outcome)};
    if (host.services.empty())
      table.add({{host.host}, outcome, {host.phase}, {}, {}, {}, {}, {elapsed}});
    for (const auto& service : host.services)
      table.add({{host.host},
                 {std::string(to_string(service.outcome)), tone_of(service.outcome)},
                 {host.phase},
                 {service.service},
                 {service.release},
                 {service.tag},
                 {service.previous},
                 {elapsed}});
  }
  return table.render(view.style, view.columns);
}

std::string messages_text(const RunHistory& history, const View& view) {
  std::string text;
  for (const auto& folded : fold_messages(history.hosts)) {
    text += name_hosts(folded.hosts) + ": " +
            view.style.paint(tone_of(folded.outcome), indented(folded.message, 2)) + "\n";
    if (!folded.hint.empty()) text += "  hint: " + indented(folded.hint, 8) + "\n";
  }
  return text;
}

std::string events_table(const RunHistory& history, const View& view) {
  Table table({"WHEN", "HOST", "KIND", "SERVICE", "RESULT", "TEXT"});
  for (const auto& event : history.events)
    table.add({{format_local(event.when_ms)},
               {event.host},
               {event.kind},
               {event.service},
               {event.severity},
               {event.text}});
  return table.empty() ? "" : table.render(view.style, view.columns);
}

}  // namespace

std::string history_text(const std::vector<RunHistory>& runs, const View& view) {
  if (runs.empty()) return "No run of this project is on record.\n";
  Table table({"RUN", "WHEN", "WHO", "COMMAND", "ENVIRONMENT", "TAG", "EXIT", "HOSTS"});
  for (const auto& history : runs) {
    const auto& run = history.run;
    table.add({{run.id},
               {format_local(run.started_ms)},
               {run.who},
               {run.command},
               {run.environment},
               {run.tag},
               exit_cell(run),
               {counts(history) + missed_note(history)}});
  }
  return table.render(view.style, view.columns);
}

std::string run_text(const RunHistory& history, const View& view) {
  const auto& run = history.run;
  std::string text;
  const auto field = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    const std::string padding(13 - std::string_view(name).size(), ' ');
    text += view.style.paint(Tone::kStrong, name) + padding + printable(value) + "\n";
  };
  field("run", run.id);
  field("command", run.command);
  field("arguments", run.arguments);
  field("project", run.project + " in " + run.project_root);
  field("environment", run.environment);
  field("services", join(run.services, ", "));
  field("tag", run.tag);
  field("who", run.who);
  field("started", format_local(run.started_ms));
  if (run.finished_ms != 0)
    field("finished", format_local(run.finished_ms) + " (after " +
                          format_elapsed(run.finished_ms - run.started_ms) + ")");
  field("exit code", exit_cell(run).text);
  field("hosts", counts(history) + missed_note(history));
  for (const auto& part : {hosts_table(history, view), messages_text(history, view),
                           missed_text(history.missed, view), events_table(history, view)})
    if (!part.empty()) text += "\n" + part;
  return text;
}

nlohmann::json history_json(const RunHistory& history) {
  auto value = run_json(history.run);
  auto& hosts = value["hosts"] = nlohmann::json::array();
  for (const auto& host : history.hosts) hosts.push_back(host_json(host));
  value["summary"] = summary_json(history.hosts);
  value["missed_deploys"] = missed_json(history.missed);
  return value;
}

}  // namespace gannet::controller
