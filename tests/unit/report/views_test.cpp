#include "controller/report/views.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace gannet::controller {
namespace {

using protocol::ChangeKind;
using protocol::Severity;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

constexpr std::int64_t kNow = 10'000'000;

View plain_view() {
  View view;
  view.now_ms = kNow;
  return view;
}

PlannedFile planned(ChangeKind kind, const std::string& path) {
  PlannedFile file;
  file.change.kind = kind;
  file.change.path = path;
  file.change.old_mode = file.change.new_mode = 0644;
  file.change.old_size = file.change.new_size = 5;
  file.change.old_owner = file.change.new_owner = "root:root";
  return file;
}

HostPlan host_plan(const std::string& name) {
  HostPlan plan;
  plan.host = name;
  PlannedService service;
  service.service = "web";
  service.current = "20261123T100112Z-7f3a9c1e";
  service.current_tag = "v1";
  auto modified = planned(ChangeKind::kModify, "/etc/app.conf");
  modified.diff = "@@ -1 +1 @@\n-one\n+two\n";
  auto secret = planned(ChangeKind::kModify, "/etc/app.key");
  secret.note = "secret: values not shown";
  auto attributes = planned(ChangeKind::kAttributes, "/etc/x");
  attributes.change.new_mode = 0600;
  attributes.change.new_owner = "pi:pi";
  auto removed = planned(ChangeKind::kRemove, "/etc/old");
  removed.change.unmanaged = true;
  service.files = {planned(ChangeKind::kAdd, "/etc/new"), modified, secret, attributes, removed};
  service.commands = {"systemctl reload web"};
  plan.services = {service};
  plan.upload_bytes = 2'048;
  return plan;
}

TEST(PlanView, HostsWithTheSameChangesAreNamedTogether) {
  PlanOutput plan;
  plan.hosts = {host_plan("pi-1"), host_plan("pi-2"), HostPlan{}};
  plan.hosts[2].host = "db";
  plan.watchdog = std::chrono::minutes(2);
  EXPECT_EQ(plan_text(plan, plain_view()),
            "pi-1, pi-2 (2 hosts)\n"
            "  web  now v1\n"
            "    + /etc/new  5 B, 0644, root:root\n"
            "    ~ /etc/app.conf\n"
            "        @@ -1 +1 @@\n"
            "        -one\n"
            "        +two\n"
            "    ~ /etc/app.key  (secret: values not shown)\n"
            "    ~ /etc/x  mode 0644 -> 0600, owner root:root -> pi:pi\n"
            "    - /etc/old  changed on the host since gannet put it there\n"
            "    runs: systemctl reload web\n"
            "\n"
            "db\n"
            "  unchanged\n"
            "\n"
            "Plan: 2 to add, 6 to change, 2 to remove on 2 hosts; 1 host unchanged; "
            "4 KiB to upload\n"
            "Dead-man's switch: hosts restore themselves after 2 minutes without a new "
            "connection\n");
}

TEST(PlanView, SaysHowLongAHostWaitsForItsController) {
  using std::chrono::milliseconds;
  EXPECT_THAT(watchdog_text(milliseconds(60'000)), testing::HasSubstr("after 1 minute without"));
  EXPECT_THAT(watchdog_text(milliseconds(90'000)), testing::HasSubstr("after 90 seconds without"));
  EXPECT_THAT(watchdog_text(milliseconds(0)),
              testing::AllOf(testing::HasSubstr("none (watchdog: 0)"),
                             testing::HasSubstr("until it is restarted; then it goes back")));
}

TEST(PlanView, SaysWhatIsStartedAndWhy) {
  PlanOutput plan;
  HostPlan host;
  host.host = "pi-1";
  PlannedService service;
  service.service = "collector";
  service.current = "r1";
  service.actions = {{"restart collector.service", "environment file /etc/collector.env changes"},
                     {"reload Caddy", ""}};
  host.services = {service};
  plan.watchdog = std::chrono::minutes(2);
  plan.hosts = {host};
  EXPECT_EQ(plan_text(plan, plain_view()),
            "pi-1\n"
            "  collector  now r1\n"
            "    ! restart collector.service: environment file /etc/collector.env changes\n"
            "    ! reload Caddy\n"
            "\n"
            "Plan: 0 to add, 0 to change, 0 to remove, 2 actions on 1 host\n"
            "Dead-man's switch: hosts restore themselves after 2 minutes without a new "
            "connection\n");
  const auto document = plan_json(plan);
  EXPECT_EQ(document[0].at("changes"), true);
  const auto& actions = document[0].at("services")[0].at("actions");
  ASSERT_THAT(actions, SizeIs(2));
  EXPECT_EQ(actions[0].at("what"), "restart collector.service");
  EXPECT_EQ(actions[0].at("why"), "environment file /etc/collector.env changes");
}

TEST(PlanView, FindingsAndProblemsAreTold) {
  PlanOutput plan;
  HostPlan host;
  host.host = "pi-1";
  host.findings = {{protocol::CheckKind::kMemory,
                    "memory",
                    Severity::kWarn,
                    "40 MiB free",
                    "stop something",
                    {}},
                   {protocol::CheckKind::kDisk, "disk /", Severity::kPass, "fine", "", {}}};
  host.problems = {"blob of /etc/x is gone"};
  plan.hosts = {host};
  EXPECT_EQ(plan_text(plan, plain_view()),
            "pi-1\n"
            "  warn  memory: 40 MiB free\n"
            "        fix: stop something\n"
            "  cannot be restored: blob of /etc/x is gone\n"
            "  nothing would be touched on this host\n"
            "\n"
            "Plan: nothing to change\n");
}

TEST(PlanView, DiffsCannotDriveTheTerminal) {
  PlanOutput plan;
  plan.hosts = {host_plan("pi-1")};
  plan.hosts[0].services[0].files[1].diff = "+\x1b[2J\n";
  EXPECT_EQ(plan_text(plan, plain_view()).find('\x1b'), std::string::npos);
}

TEST(PlanView, JsonHasTheDiffAndWhatIsOldAndNew) {
  PlanOutput plan;
  plan.hosts = {host_plan("pi-1")};
  const auto document = plan_json(plan);
  ASSERT_THAT(document, SizeIs(1));
  EXPECT_EQ(document[0].at("changes"), true);
  const auto& files = document[0].at("services")[0].at("files");
  EXPECT_EQ(files[0].at("change"), "add");
  EXPECT_FALSE(files[0].contains("old"));
  EXPECT_EQ(files[1].at("diff"), "@@ -1 +1 @@\n-one\n+two\n");
  EXPECT_EQ(files[3].at("new").at("mode"), "0600");
  EXPECT_FALSE(files[4].contains("new"));
}

TEST(CheckView, TableThenTheFixes) {
  CheckOutput output;
  const protocol::Finding full{
      protocol::CheckKind::kDisk, "disk /var", Severity::kFail, "12 MiB free", "free 500 MiB", {}};
  output.results = {{"pi-1", std::nullopt, {}, {full}},
                    {"pi-2", std::nullopt, {}, {full}},
                    {"pi-3", Error{Code::kTimeout, "connect: timed out", "is it on?"}, {}, {}},
                    {"pi-4",
                     std::nullopt,
                     {},
                     {{protocol::CheckKind::kMemory, "memory", Severity::kPass, "1 GiB", "", {}}}}};
  EXPECT_EQ(check_text(output, plain_view()),
            "HOST  CHECK      RESULT  MESSAGE\n"
            "pi-1  disk /var  fail    12 MiB free\n"
            "pi-2  disk /var  fail    12 MiB free\n"
            "pi-3  connect    error   connect: timed out\n"
            "pi-4  memory     pass    1 GiB\n"
            "\n"
            "fix: pi-1, pi-2 (2 hosts): disk /var: free 500 MiB\n");
  auto quiet = plain_view();
  quiet.quiet = true;
  EXPECT_THAT(check_text(output, quiet), Not(HasSubstr("memory")));
  EXPECT_THAT(findings_json(output), SizeIs(3));
}

HostStatus deployed_status(const std::string& host) {
  HostStatus status;
  status.host = host;
  protocol::ServiceStatus service;
  service.service = "web";
  service.current = "r2";
  service.kept = {{"r2", "v2", "run", "me@laptop", 0, kNow - 120'000, 3}};
  status.status.services = {service};
  return status;
}

TEST(StatusView, WhatDoesNotRunAsDeployedIsDrift) {
  ::setenv("TZ", "UTC", 1);  // NOLINT(concurrency-mt-unsafe)
  StatusOutput output;
  output.hosts = {deployed_status("pi-1")};
  auto& service = output.hosts[0].status.services[0];
  EXPECT_FALSE(has_drifted(service));
  service.runtime = {{protocol::CheckKind::kUnit,
                      "web.service",
                      Severity::kFail,
                      "is failed (exit-code)",
                      "journalctl -u web.service tells why",
                      {}}};
  EXPECT_TRUE(has_drifted(service));
  const auto text = status_text(output, plain_view());
  EXPECT_THAT(text, HasSubstr("does not run as deployed\n"));
  EXPECT_THAT(text, HasSubstr("pi-1: web: web.service: is failed (exit-code)\n"
                              "  fix: journalctl -u web.service tells why\n"));
  EXPECT_EQ(status_json(output)[0].at("services")[0].at("runtime")[0].at("name"), "web.service");
}

TEST(StatusView, TellsWhatRunsAndInWordsWhatIsUnusual) {
  ::setenv("TZ", "UTC", 1);  // NOLINT(concurrency-mt-unsafe)
  StatusOutput output;
  output.hosts = {deployed_status("pi-1"), deployed_status("pi-2"), HostStatus{}};
  output.hosts[2].host = "pi-3";
  output.hosts[1].status.services[0].drift = {planned(ChangeKind::kModify, "/etc/app.conf").change};
  output.hosts[1].status.lock =
      protocol::LockInfo{"eve@desk", "disk", kNow - 60'000, kNow + 60'000};
  output.hosts[1].status.pending = protocol::PendingInfo{
      "t1", "run1", "eve@desk", "deploy v3", kNow - 5'000, kNow + 30'000, {"web"}};
  output.hosts[1].status.last_recovery =
      protocol::Recovery{"t0", "run0", "watchdog expired", kNow - 3'600'000, {"web"}, true, ""};
  EXPECT_EQ(status_text(output, plain_view()),
            "HOST  SERVICE  RELEASE  TAG  SINCE                         BY         STATE\n"
            "pi-1  web      r2       v2   1970-01-01 02:44 (2 min ago)  me@laptop  as deployed\n"
            "pi-2  web      r2       v2   1970-01-01 02:44 (2 min ago)  me@laptop  1 file "
            "drifted\n"
            "pi-3                                                                  nothing "
            "deployed\n"
            "\n"
            "pi-2: locked by eve@desk since 1 min ago: disk; for another 1 min\n"
            "pi-2: a release waits to be confirmed: deploy v3 by eve@desk, since 5 s ago (run "
            "run1, web); it goes back by itself in 30 s\n"
            "pi-2: an unfinished deployment was put back 1 h ago: watchdog expired (run run0, "
            "web); healthy since\n"
            "pi-2: web: content differs: /etc/app.conf\n");
}

TEST(StatusView, JsonSaysNullForWhatIsNot) {
  StatusOutput output;
  output.hosts = {deployed_status("pi-1"), HostStatus{}};
  output.hosts[1].error = Error{Code::kTimeout, "connect: timed out", ""};
  const auto document = status_json(output);
  EXPECT_TRUE(document[0].at("lock").is_null());
  EXPECT_EQ(document[0].at("services")[0].at("current"), "r2");
  EXPECT_EQ(document[1].at("error").at("code"), "timeout");
}

TEST(ExecView, EqualOutputIsFolded) {
  ExecOutput output;
  const auto result = [](const std::string& host, const std::string& text, int code) {
    ExecResult each;
    each.host = host;
    each.output = text;
    each.reply.exit_code = code;
    return each;
  };
  output.results = {result("pi-1", "up\n", 0), result("pi-2", "up\n", 0), result("pi-3", "up\n", 0),
                    result("pi-4", "down\x1b[2J", 7), result("pi-5", "", 0)};
  EXPECT_EQ(exec_text(output, plain_view()),
            "pi-[1-3] (3 hosts):\n"
            "up\n"
            "pi-4: exit 7\n"
            "down\\x1b[2J\n"
            "pi-5: (no output)\n");
  EXPECT_EQ(exec_json(output)[3].at("exit_code"), 7);
}

TEST(HistoryView, RunsAndOneRunInFull) {
  ::setenv("TZ", "UTC", 1);  // NOLINT(concurrency-mt-unsafe)
  RunHistory history;
  history.run.id = "20261123T100112Z-7f3a9c1e";
  history.run.command = "deploy";
  history.run.arguments = "gannet deploy";
  history.run.project = "weather";
  history.run.project_root = "/w";
  history.run.who = "me@laptop";
  history.run.started_ms = 1'000;
  HostRecord host;
  host.host = "pi-1";
  host.outcome = Outcome::kFailed;
  host.phase = "apply";
  host.message = "disk is full";
  host.hint = "free some";
  history.hosts = {host};
  history.events = {{"pi-1", 2'000, "finding", "web", "fail", "no space"}};
  EXPECT_EQ(history_text({history}, plain_view()),
            "RUN                        WHEN                 WHO        COMMAND  EXIT          "
            "HOSTS\n"
            "20261123T100112Z-7f3a9c1e  1970-01-01 00:00:01  me@laptop  deploy   not finished  "
            "1 failed\n");
  EXPECT_EQ(run_text(history, plain_view()),
            "run          20261123T100112Z-7f3a9c1e\n"
            "command      deploy\n"
            "arguments    gannet deploy\n"
            "project      weather in /w\n"
            "who          me@laptop\n"
            "started      1970-01-01 00:00:01\n"
            "exit code    not finished\n"
            "hosts        1 failed\n"
            "\n"
            "HOST  OUTCOME  PHASE\n"
            "pi-1  failed   apply\n"
            "\n"
            "pi-1: disk is full\n"
            "  hint: free some\n"
            "\n"
            "WHEN                 HOST  KIND     SERVICE  RESULT  TEXT\n"
            "1970-01-01 00:00:02  pi-1  finding  web      fail    no space\n");
  EXPECT_TRUE(history_json(history).at("exit_code").is_null());
}

}  // namespace
}  // namespace gannet::controller
