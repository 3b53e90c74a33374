// Plans that are pasted somewhere, and what a rollback says beforehand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "controller/report/markdown.h"
#include "controller/report/plan_parts.h"
#include "controller/report/views.h"
#include "tests/unit/report/string_sink.h"

namespace gannet::controller {
namespace {

using protocol::ChangeKind;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

PlannedService going_back(const std::string& name) {
  PlannedService service;
  service.service = name;
  service.current = "20261123T100112Z-7f3a9c1e";
  service.current_tag = "v2";
  service.returning = ReturningRelease{};
  service.returning->id = "20261120T081500Z-0b1c2d3e";
  service.returning->tag = "v1";
  service.returning->who = "ann@laptop";
  PlannedFile file;
  file.change.kind = ChangeKind::kModify;
  file.change.path = "/etc/" + name + ".conf";
  file.diff = "@@ -1 +1 @@\n-two\n+one\n";
  service.files = {file};
  return service;
}

HostPlan host_going_back(const std::string& host, std::uint32_t wave) {
  HostPlan plan;
  plan.host = host;
  plan.wave = wave;
  plan.services = {going_back("api"), going_back("web")};
  plan.services[0].returning->images = {"app: api:v1 (sha256:1234)"};
  plan.services[0].actions = {{"recreate api", "image app is now 1234 (was 5678)"},
                              {"start api/worker", "it has no container"}};
  plan.services[1].returning->units = {"web.service"};
  plan.services[1].actions = {{"reload caddy", "site changes"}, {"restart web.service", ""}};
  return plan;
}

PlanOutput fleet_going_back() {
  PlanOutput plan;
  plan.watchdog = std::chrono::minutes(2);
  plan.hosts = {host_going_back("pi-2", 1), host_going_back("pi-1", 0), host_going_back("pi-3", 1)};
  return plan;
}

TEST(RollbackView, NamesTheReleaseThatComesBackAndWhatItBrings) {
  PlanOutput plan;
  plan.hosts = {host_going_back("pi-1", 0)};
  const auto text = rollback_text(plan, "gannet rollback --to v1", View{});
  EXPECT_THAT(text, HasSubstr("  api  now v2 -> v1 by ann@laptop\n"
                              "    brings back image app: api:v1 (sha256:1234)\n"
                              "    ~ /etc/api.conf"));
  EXPECT_THAT(text, HasSubstr("    brings back unit web.service\n"));
  EXPECT_THAT(text, HasSubstr("To carry it out: gannet rollback --to v1\n"));
  EXPECT_EQ(common_target(plan)->tag, "v1");
  plan.hosts[0].services[1].returning->id = "20261119T000000Z-00000000";
  EXPECT_FALSE(common_target(plan));
}

TEST(RollbackView, DowntimeIsInTheOrderOfWavesAndServices) {
  const auto plan = fleet_going_back();
  EXPECT_THAT(rollback_text(plan, "x", View{}),
              HasSubstr("Expected downtime, in this order:\n"
                        "WAVE  HOSTS                 SERVICE  DOWN WHILE\n"
                        "1     pi-1                  api      recreate api\n"
                        "1     pi-1                  web      restart web.service\n"
                        "2     pi-2, pi-3 (2 hosts)  api      recreate api\n"
                        "2     pi-2, pi-3 (2 hosts)  web      restart web.service\n"));
  const auto document = downtime_json(plan);
  ASSERT_THAT(document, SizeIs(4));
  EXPECT_EQ(document[0].at("wave"), 0);
  EXPECT_EQ(document[3].at("hosts"), (nlohmann::json{"pi-2", "pi-3"}));
}

TEST(RollbackView, SaysWhenNothingIsRestarted) {
  PlanOutput plan;
  plan.hosts = {host_going_back("pi-1", 0)};
  for (auto& service : plan.hosts[0].services) service.actions.clear();
  EXPECT_THAT(rollback_text(plan, "x", View{}), HasSubstr("Expected downtime: none"));
}

TEST(RollbackView, SaysThatASecondOneTakesBackTheFirst) {
  PlanOutput plan;
  plan.hosts = {host_going_back("pi-1", 0)};
  EXPECT_THAT(plan_text(plan, View{}), Not(HasSubstr("newer")));
  for (auto& service : plan.hosts[0].services) {
    std::swap(service.current, service.returning->id);
    std::swap(service.current_tag, service.returning->tag);
  }
  EXPECT_THAT(plan_text(plan, View{}),
              HasSubstr("    v2 is newer than v1: this takes back the last rollback; to go further "
                        "back: --to RELEASE\n"));
}

TEST(RollbackView, WhatCannotGoBackIsNamedAndCountsForNoDowntime) {
  PlanOutput plan;
  plan.hosts = {host_going_back("pi-1", 0)};
  plan.hosts[0].findings = {{protocol::CheckKind::kCompose,
                             "image api:v1",
                             protocol::Severity::kFail,
                             "it is gone",
                             "deploy v1 again",
                             {}}};
  EXPECT_THAT(obstacles(plan.hosts[0]), ElementsAre("image api:v1: it is gone"));
  EXPECT_THAT(interruptions(plan), SizeIs(0));
  EXPECT_THAT(rollback_text(plan, "x", View{}), HasSubstr("Not everything can go back"));
}

TEST(Markdown, NothingInATextIsTakenForMarkup) {
  EXPECT_EQ(markdown_code("a|b"), "<code>a&#124;b</code>");
  EXPECT_EQ(markdown_code("</code>@ann #1"), "<code>&#60;/code&#62;&#64;ann &#35;1</code>");
  EXPECT_EQ(markdown_code("a\nb"), "<code>a b</code>");
  EXPECT_EQ(markdown_code(""), "-");
  EXPECT_EQ(markdown_fence("diff", "+x\n+````\n"), "`````diff\n+x\n+````\n`````\n");
  EXPECT_EQ(markdown_fence("", "x"), "```\nx\n```\n");
}

TEST(PlanMarkdown, HasATablePerHostAndFoldsDifferences) {
  auto plan = fleet_going_back();
  plan.hosts.resize(2);
  plan.hosts[1].host = "pi-[3]";
  for (auto& host : plan.hosts)
    for (auto& service : host.services) service.returning.reset();
  HostPlan off;
  off.host = "db";
  off.error = Error{Code::kUnreachable, "connect: no | route", "is it on?"};
  plan.hosts.push_back(off);
  const auto text = plan_markdown(
      plan, {.project = "weather", .environment = "prod", .command = "gannet deploy"});
  EXPECT_THAT(text, testing::StartsWith("## Plan of <code>weather</code> in <code>prod</code>\n\n"
                                        "Plan: 0 to add, 4 to change, 0 to remove, 8 actions"));
  EXPECT_THAT(text,
              HasSubstr("\n### <code>pi-2, pi-&#91;3&#93; (2 hosts)</code>\n\n"
                        "| Service | Release | Files | Actions |\n"
                        "| --- | --- | --- | --- |\n"
                        "| <code>api</code> | <code>now v2</code> | <code>&#126;1</code> | "
                        "<code>recreate api&#58; image app is now 1234 (was 5678)</code><br>"));
  EXPECT_THAT(text, HasSubstr("<details><summary><code>api</code>: 1 file</summary>\n\n"
                              "|  | File | Details |\n"));
  EXPECT_THAT(text, HasSubstr("```diff\n@@ -1 +1 @@\n-two\n+one\n```\n\n</details>\n"));
  EXPECT_THAT(text, HasSubstr("### Not in this plan\n\n| Host | Why | Hint |\n| --- | --- | --- |\n"
                              "| <code>db</code> | <code>connect&#58; no &#124; route</code> |"));
  EXPECT_THAT(text, testing::EndsWith("### Command\n\n```sh\ngannet deploy\n```\n"));
}

TEST(PlanMarkdown, ARollbackSaysWhatComesBackAndWhatIsDown) {
  auto plan = fleet_going_back();
  plan.hosts[0].problems = {"web: the content of /etc/x is gone"};
  const auto text =
      rollback_markdown(plan, {.project = "weather", .environment = "", .command = "x"});
  EXPECT_THAT(text, HasSubstr("- **cannot be restored:** <code>web&#58; the content of /etc/x is"));
  EXPECT_THAT(text, HasSubstr("- <code>unit web.service</code>\n"));
  EXPECT_THAT(text,
              HasSubstr("### Expected downtime\n\n| Wave | Hosts | Service | Down while |\n"));
}

TEST(DocumentReporter, OnlyTheDocumentIsOnStdout) {
  StringSink sink;
  ReportOptions options;
  options.format = OutputFormat::kMarkdown;
  options.live = true;
  const auto reporter = make_reporter(options, sink);
  reporter->begin("plan", 1, 2, {"pi-1"});
  reporter->note("a note");
  reporter->print("# x\n");
  reporter->close(0);
  EXPECT_EQ(sink.out_text, "# x\n");
  EXPECT_EQ(sink.err_text, "Selected 1 of 2 hosts\na note\n");
}

}  // namespace
}  // namespace gannet::controller
