#include "controller/report/json_reporter.h"

#include "base/text.h"
#include "controller/report/json_documents.h"
#include "controller/report/wording.h"

namespace gannet::controller {
namespace {

constexpr std::string_view kHosts = "hosts";

std::string selected_text(std::size_t selected, std::size_t total) {
  return "Selected " + std::to_string(selected) + " of " + count_of(total, "host") + "\n";
}

}  // namespace

// ---- one document -----------------------------------------------------------------------------

void JsonReporter::begin(std::string_view command, std::size_t selected, std::size_t total,
                         const std::vector<std::string>& /*hosts*/) {
  document_["command"] = command;
  document_["selected"] = selected;
  document_["total"] = total;
  sink_.err(selected_text(selected, total));
}

void JsonReporter::note(std::string_view /*text*/) {}
void JsonReporter::warning(std::string_view text) { document_["warnings"].push_back(text); }
void JsonReporter::phase(const std::string& /*host*/, std::string_view /*phase*/) {}
void JsonReporter::output(const std::string& /*host*/, std::string_view /*line*/,
                          bool /*error_stream*/) {}
void JsonReporter::host_done(const HostRecord& /*host*/) {}

void JsonReporter::end(const RunRecord& run, const std::vector<HostRecord>& hosts,
                       std::int64_t elapsed_ms) {
  document_["run"] = run.id;
  document_["elapsed_ms"] = elapsed_ms;
  document_["summary"] = summary_json(hosts);
  auto& list = document_["hosts"] = nlohmann::json::array();
  for (const auto& host : hosts) list.push_back(host_json(host));
}

void JsonReporter::error(const Error& error) { errors_.push_back(error); }

void JsonReporter::attach(std::string_view key, const nlohmann::json& value) {
  auto& member = document_[std::string(key)];
  if (key != kHosts || !member.is_array()) {
    member = value;
    return;
  }
  for (const auto& more : value)
    for (auto& host : member)
      if (host.at("host") == more.at("host")) host.update(more);
}

void JsonReporter::close(int exit_code) {
  if (!errors_.empty()) document_["error"] = error_json(errors_.front());
  if (errors_.size() > 1)
    for (const auto& each : errors_) document_["errors"].push_back(error_json(each));
  document_["exit_code"] = exit_code;
  sink_.out(dump(document_) + "\n");
}

// ---- lines ------------------------------------------------------------------------------------

void JsonLinesReporter::line(std::string_view type, nlohmann::json value) {
  value["type"] = type;
  sink_.out(dump(value) + "\n");
}

void JsonLinesReporter::begin(std::string_view command, std::size_t selected, std::size_t total,
                              const std::vector<std::string>& hosts) {
  sink_.err(selected_text(selected, total));
  line("begin", {{"command", command}, {"selected", selected}, {"total", total}, {"hosts", hosts}});
}

void JsonLinesReporter::note(std::string_view /*text*/) {}
void JsonLinesReporter::warning(std::string_view text) { line("warning", {{"message", text}}); }

void JsonLinesReporter::phase(const std::string& host, std::string_view phase) {
  line("phase", {{"host", host}, {"phase", phase}});
}

void JsonLinesReporter::output(const std::string& host, std::string_view text, bool error_stream) {
  line("output", {{"host", host}, {"line", text}, {"stream", error_stream ? "stderr" : "stdout"}});
}

void JsonLinesReporter::host_done(const HostRecord& host) { line("host", host_json(host)); }

void JsonLinesReporter::end(const RunRecord& run, const std::vector<HostRecord>& hosts,
                            std::int64_t elapsed_ms) {
  end_["run"] = run.id;
  end_["elapsed_ms"] = elapsed_ms;
  end_["summary"] = summary_json(hosts);
}

void JsonLinesReporter::error(const Error& error) { line("error", {{"error", error_json(error)}}); }

void JsonLinesReporter::attach(std::string_view key, const nlohmann::json& value) {
  if (key == kHosts) key = "results";  // "host" lines tell outcomes
  if (!value.is_array()) {
    end_[std::string(key)] = value;
    return;
  }
  if (key.ends_with('s')) key.remove_suffix(1);
  for (const auto& element : value) line(key, element);
}

void JsonLinesReporter::close(int exit_code) {
  end_["exit_code"] = exit_code;
  line("end", end_);
}

}  // namespace gannet::controller
