// The handbook says what the program does. With GANNET_TEST_ACCEPT=1 the generated parts of the
// pages are rewritten, and the tests are skipped.
#include <cstdlib>
#include <fstream>
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "controller/cli/command.h"
#include "controller/cli/help.h"
#include "controller/report/json_documents.h"
#include "controller/report/views.h"
#include "playbooks/validate/rules.h"
#include "tests/support/paths.h"
#include "tests/unit/report/string_sink.h"

namespace gannet::controller {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr const char* kMarker = "<!-- generated from the program below this line -->\n";

std::string page(const std::string& name) { return gannet::test::source_dir() + "/docs/" + name; }

std::string read(const std::string& file) {
  std::ifstream stream(file);
  EXPECT_TRUE(stream) << file;
  return {std::istreambuf_iterator<char>(stream), {}};
}

bool accepting() {
  const char* value = std::getenv("GANNET_TEST_ACCEPT");  // NOLINT(concurrency-mt-unsafe)
  return value != nullptr && std::string(value) == "1";
}

void accept(const std::string& file, const std::string& text) { std::ofstream(file) << text; }

// ---- cli.md -----------------------------------------------------------------------------------

std::string reference() {
  const auto commands = all_commands();
  std::string text = "\n## gannet\n\n```text\n" + program_help(commands) + "```\n";
  for (const auto& command : commands)
    if (command->listed())
      text += "\n## " + command->name() + "\n\n```text\n" + command_help(*command) + "```\n";
  return text;
}

TEST(CliPage, HoldsTheHelpOfEveryCommand) {
  const auto file = page("cli.md");
  const auto text = read(file);
  const auto marker = text.find(kMarker);
  ASSERT_NE(marker, std::string::npos);
  const auto end = marker + std::string(kMarker).size();
  if (accepting()) {
    accept(file, text.substr(0, end) + reference());
    GTEST_SKIP() << "rewritten";
  }
  EXPECT_EQ(text.substr(end), reference());
}

TEST(RulesPage, HoldsThePageOfEveryRule) {
  const auto file = page("rules.md");
  const auto text = read(file);
  const auto marker = text.find(kMarker);
  ASSERT_NE(marker, std::string::npos);
  const auto end = marker + std::string(kMarker).size();
  if (accepting()) {
    accept(file, text.substr(0, end) + playbooks::rules_markdown());
    GTEST_SKIP() << "rewritten";
  }
  EXPECT_EQ(text.substr(end), playbooks::rules_markdown());
}

TEST(ExitCodesPage, NamesEveryCode) {
  const auto text = read(page("exit-codes.md"));
  for (const auto code :
       {ExitCode::kOk, ExitCode::kFailed, ExitCode::kUsage, ExitCode::kRolledBack,
        ExitCode::kUnreachable, ExitCode::kPreflight, ExitCode::kChanges, ExitCode::kInterrupted})
    EXPECT_THAT(text, HasSubstr("| " + std::to_string(static_cast<int>(code)) + " |"));
}

// ---- json.md ----------------------------------------------------------------------------------

constexpr std::int64_t kTime = 1'795'428'072'000;
constexpr const char* kRun = "20261123T100112Z-7f3a9c1e";
constexpr const char* kOldRelease = "20261120T081500Z-0b1c2d3e";

HostRecord sample_host() {
  HostRecord host;
  host.host = "pi-1";
  host.outcome = Outcome::kRolledBack;
  host.phase = "health";
  host.message = "web: health: http http://127.0.0.1:8080/healthz: answered 500";
  host.hint = "look at the output above";
  host.transaction = "20261123T100113Z-11223344";
  host.started_ms = kTime;
  host.finished_ms = kTime + 1'400;
  host.services = {{"web", kRun, "v2", kOldRelease, Outcome::kRolledBack}};
  return host;
}

RunRecord sample_run() {
  RunRecord run;
  run.id = kRun;
  run.project = "weather";
  run.project_root = "/home/me/weather";
  run.command = "deploy";
  run.arguments = "gannet deploy web -y";
  run.environment = "production";
  run.services = {"web"};
  run.tag = "v2";
  run.who = "me@laptop";
  run.started_ms = kTime;
  run.finished_ms = kTime + 1'449;
  run.exit_code = 3;
  return run;
}

protocol::FileChange sample_change() {
  protocol::FileChange change;
  change.kind = protocol::ChangeKind::kModify;
  change.path = "/etc/app.conf";
  change.old_size = change.new_size = 4;
  change.old_mode = change.new_mode = 0644;
  change.old_owner = change.new_owner = "root:root";
  return change;
}

protocol::Finding sample_finding() {
  return {protocol::CheckKind::kDisk, "disk /var",
          protocol::Severity::kFail,  "12 MiB free of 29 GiB on /var",
          "free 488 MiB on /var",     {{"free_bytes", "12582912"}}};
}

/// The document of a command that ran on sample_host() and attached `more` to its entry.
json document(const std::string& command, const json& hosts, int exit_code,
              const std::map<std::string, json>& more = {}) {
  StringSink sink;
  ReportOptions options;
  options.format = OutputFormat::kJson;
  const auto reporter = make_reporter(options, sink);
  reporter->begin(command, 1, 3, {"pi-1"});
  auto host = sample_host();
  if (command != "deploy") {
    host = HostRecord{};
    host.host = "pi-1";
    host.outcome = Outcome::kUnchanged;
    host.started_ms = kTime;
    host.finished_ms = kTime + 300;
  }
  reporter->end(sample_run(), {host}, 1'449);
  if (!hosts.empty()) reporter->attach("hosts", hosts);
  for (const auto& [key, value] : more) reporter->attach(key, value);
  reporter->close(exit_code);
  return json::parse(sink.out_text);
}

json plan_sample() {
  PlanOutput output;
  HostPlan plan;
  plan.host = "pi-1";
  plan.upload_bytes = 4;
  PlannedService service;
  service.service = "web";
  service.current = kOldRelease;
  service.current_tag = "v1";
  service.files = {{sample_change(), "@@ -1 +1 @@\n-one\n+two\n", ""}};
  service.commands = {"systemctl reload web"};
  service.actions = {{"restart web.service", "unit file /etc/systemd/system/web.service changes"}};
  plan.services = {service};
  output.hosts = {plan};
  return plan_json(output);
}

protocol::Facts sample_facts() {
  protocol::Facts facts;
  facts.hostname = "pi-1";
  facts.os_id = "debian";
  facts.os_version = "12";
  facts.os_name = "Debian GNU/Linux 12 (bookworm)";
  facts.kernel = "6.1.0-rpi7-rpi-v8";
  facts.arch = "aarch64";
  facts.model = "Raspberry Pi 4 Model B Rev 1.4";
  facts.cpus = 4;
  facts.memory_bytes = 4'000'000'000;
  facts.memory_available_bytes = 3'000'000'000;
  facts.user = "root";
  facts.state_dir = "/var/lib/gannet";
  facts.init = "systemd";
  facts.uptime_s = 86'400;
  return facts;
}

ResultStore::Missed sample_missed() {
  return {"pi-3", "web", "v2", kRun, "production", "connect: no answer within 10 s", kTime};
}

json status_sample() {
  StatusOutput output;
  HostStatus status;
  status.host = "pi-1";
  status.facts = sample_facts();
  protocol::ServiceStatus service;
  service.service = "web";
  service.current = kRun;
  service.kept = {{kRun, "v2", kRun, "me@laptop", kTime, kTime + 1'300, 1}};
  service.drift = {sample_change()};
  service.runtime = {{protocol::CheckKind::kUnit,
                      "web.service",
                      protocol::Severity::kFail,
                      "is failed (exit-code)",
                      "journalctl -u web.service tells why",
                      {{"active", "failed"}}}};
  status.status.services = {service};
  status.status.lock = protocol::LockInfo{"eve@desk", "disk is being replaced", kTime, 0};
  status.status.pending = protocol::PendingInfo{
      "20261123T100113Z-11223344", kRun, "me@laptop", "deploy v2", kTime, kTime + 60'000, {"web"}};
  status.status.last_recovery = protocol::Recovery{
      "20261122T090000Z-55667788", kRun, "watchdog expired", kTime, {"web"}, true, ""};
  output.hosts = {status};
  return status_json(output);
}

json exec_sample() {
  ExecOutput output;
  ExecResult result;
  result.host = "pi-1";
  result.output = "up 3 days\n";
  output.results = {result};
  return exec_json(output);
}

json history_document(bool one) {
  StringSink sink;
  ReportOptions options;
  options.format = OutputFormat::kJson;
  const auto reporter = make_reporter(options, sink);
  const RunHistory history{sample_run(),
                           {sample_host()},
                           {{"pi-1", kTime + 900, "finding", "web", "fail", "answered 500"}}};
  const auto value = history_json(history);
  reporter->attach("command", "history");
  if (one) {
    reporter->attach("run", kRun);
    reporter->attach("record", run_json(history.run));
    reporter->attach("hosts", value.at("hosts"));
    reporter->attach("summary", value.at("summary"));
    reporter->attach("missed_deploys", value.at("missed_deploys"));
    reporter->attach("events", json::array({event_json(history.events[0])}));
  } else {
    reporter->attach("runs", json::array({value}));
  }
  reporter->close(0);
  return json::parse(sink.out_text);
}

json error_document() {
  StringSink sink;
  ReportOptions options;
  options.format = OutputFormat::kJson;
  const auto reporter = make_reporter(options, sink);
  reporter->error({Code::kInvalidInput, "unknown service \"wbe\"", "did you mean \"web\"?"});
  reporter->close(2);
  return json::parse(sink.out_text);
}

/// Example by name, as the program writes it.
std::map<std::string, json> examples() {
  CheckOutput check;
  check.results = {{"pi-1", std::nullopt, sample_facts(), {sample_finding()}}};
  AgentVersionOutput versions;
  versions.hosts = {{"pi-1", std::nullopt, "0.1.0", "aarch64", "/var/lib/gannet/bin/agent-5f2b"}};
  return {
      {"deploy", document("deploy", {}, 3, {{"watchdog_ms", 120'000}})},
      {"error", error_document()},
      {"plan", document("plan", plan_sample(), 0, {{"watchdog_ms", 120'000}})},
      {"check", document("check", {}, 5,
                         {{"findings", findings_json(check)}, {"facts", facts_json(check)}})},
      {"status", document("status", status_sample(), 0)},
      {"status-offline",
       json{{"command", "status"},
            {"selected", 1},
            {"total", 3},
            {"hosts", known_json({{"pi-1", "web", kRun, "v2", kRun, Outcome::kDeployed, kTime}})},
            {"missed_deploys", missed_json({sample_missed()})},
            {"exit_code", 0}}},
      {"exec", document("exec", exec_sample(), 0)},
      {"history", history_document(false)},
      {"history-run", history_document(true)},
      {"agent-version", document("agent version", versions_json(versions), 0)}};
}

TEST(JsonPage, ExamplesAreWhatTheProgramWrites) {
  const auto file = page("json.md");
  auto text = read(file);
  std::size_t compared = 0;
  for (const auto& [name, value] : examples()) {
    const auto fence = "```json " + name + "\n";
    const auto begin = text.find(fence);
    ASSERT_NE(begin, std::string::npos) << "no example called " << name;
    const auto body = begin + fence.size();
    const auto end = text.find("```", body);
    ASSERT_NE(end, std::string::npos) << name;
    if (accepting()) {
      text.replace(body, end - body, value.dump(2) + "\n");
      continue;
    }
    EXPECT_EQ(json::parse(text.substr(body, end - body)), value) << name;
    ++compared;
  }
  if (accepting()) {
    accept(file, text);
    GTEST_SKIP() << "rewritten";
  }
  EXPECT_EQ(compared, examples().size());
}

}  // namespace
}  // namespace gannet::controller
