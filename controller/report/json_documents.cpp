#include "controller/report/json_documents.h"

#include <array>
#include <cstdio>

namespace gannet::controller {

using nlohmann::json;

json error_json(const Error& error) {
  return {{"code", to_string(error.code)}, {"message", error.context}, {"hint", error.hint}};
}

json host_json(const HostRecord& host) {
  auto services = json::array();
  for (const auto& service : host.services)
    services.push_back({{"service", service.service},
                        {"release", service.release},
                        {"tag", service.tag},
                        {"previous", service.previous},
                        {"outcome", to_string(service.outcome)}});
  return {{"host", host.host},
          {"outcome", to_string(host.outcome)},
          {"phase", host.phase},
          {"message", host.message},
          {"hint", host.hint},
          {"wave", host.wave},
          {"missed", host.missed},
          {"transaction", host.transaction},
          {"started_ms", host.started_ms},
          {"finished_ms", host.finished_ms},
          {"services", std::move(services)}};
}

json summary_json(std::span<const HostRecord> hosts) {
  auto summary = json::object();
  for (const auto& host : hosts) {
    const std::string name(to_string(host.outcome));
    summary[name] = summary.value(name, 0) + 1;
  }
  return summary;
}

json run_json(const RunRecord& run) {
  return {{"run", run.id},
          {"project", run.project},
          {"project_root", run.project_root},
          {"command", run.command},
          {"arguments", run.arguments},
          {"environment", run.environment},
          {"services", run.services},
          {"tag", run.tag},
          {"who", run.who},
          {"started_ms", run.started_ms},
          {"finished_ms", run.finished_ms},
          {"exit_code", run.exit_code ? json(*run.exit_code) : json()}};
}

json event_json(const EventRecord& event) {
  return {{"host", event.host},       {"when_ms", event.when_ms},   {"kind", event.kind},
          {"service", event.service}, {"severity", event.severity}, {"text", event.text}};
}

json finding_json(const std::string& host, const protocol::Finding& finding) {
  auto values = json::object();
  for (const auto& [key, value] : finding.values) values[key] = value;
  return {{"host", host},
          {"check", protocol::to_string(finding.kind)},
          {"name", finding.name},
          {"result", protocol::to_string(finding.severity)},
          {"message", finding.message},
          {"hint", finding.hint},
          {"values", std::move(values)}};
}

json facts_json(const protocol::Facts& facts) {
  return {{"hostname", facts.hostname},
          {"os", facts.os_id},
          {"os_version", facts.os_version},
          {"os_name", facts.os_name},
          {"kernel", facts.kernel},
          {"arch", facts.arch},
          {"model", facts.model},
          {"cpus", facts.cpus},
          {"memory_bytes", facts.memory_bytes},
          {"memory_available_bytes", facts.memory_available_bytes},
          {"user", facts.user},
          {"uid", facts.uid},
          {"state_dir", facts.state_dir},
          {"init", facts.init},
          {"uptime_s", facts.uptime_s}};
}

std::string_view change_name(protocol::ChangeKind kind) {
  switch (kind) {
    case protocol::ChangeKind::kAdd:
      return "add";
    case protocol::ChangeKind::kModify:
      return "modify";
    case protocol::ChangeKind::kAttributes:
      return "attributes";
    case protocol::ChangeKind::kRemove:
      return "remove";
  }
  return "modify";
}

std::string mode_text(std::uint32_t mode) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04o", mode);
  return text.data();
}

json change_json(const protocol::FileChange& change) {
  json value{{"change", change_name(change.kind)},
             {"path", change.path},
             {"unmanaged", change.unmanaged},
             {"secret", change.secret}};
  if (change.kind != protocol::ChangeKind::kAdd)
    value["old"] = {{"size", change.old_size},
                    {"mode", mode_text(change.old_mode)},
                    {"owner", change.old_owner}};
  if (change.kind != protocol::ChangeKind::kRemove)
    value["new"] = {{"size", change.new_size},
                    {"mode", mode_text(change.new_mode)},
                    {"owner", change.new_owner}};
  return value;
}

std::string dump(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace gannet::controller
