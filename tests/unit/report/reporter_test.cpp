#include "controller/report/reporter.h"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/report/string_sink.h"

namespace gannet::controller {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

HostRecord host_with(const std::string& name, Outcome outcome, const std::string& message = {},
                     const std::string& hint = {}) {
  HostRecord host;
  host.host = name;
  host.outcome = outcome;
  host.message = message;
  host.hint = hint;
  host.started_ms = 1'000;
  host.finished_ms = 2'200;
  if (outcome == Outcome::kDeployed) host.services = {{"web", "r2", "v1", "r1", outcome}};
  return host;
}

/// A whole run over three hosts, two of which cannot be reached.
void drive(Reporter& reporter, const std::string& command = "deploy") {
  const std::vector<HostRecord> hosts{
      host_with("pi-1", Outcome::kDeployed),
      host_with("pi-2", Outcome::kUnreachable, "connect: Connection refused", "is sshd running?"),
      host_with("pi-3", Outcome::kUnreachable, "connect: Connection refused", "is sshd running?")};
  reporter.begin(command, 3, 45, {"pi-1", "pi-2", "pi-3"});
  reporter.note("wave 1 of 1: 3 hosts");
  reporter.phase("pi-1", "connect");
  for (const auto& host : hosts) reporter.host_done(host);
  RunRecord run;
  run.id = "20261123T100112Z-7f3a9c1e";
  run.command = command;
  reporter.end(run, hosts, 1'449);
}

TEST(TextReporter, PlainRunFromSelectionToClosingLine) {
  StringSink sink;
  const auto reporter = make_reporter({}, sink);
  drive(*reporter);
  reporter->close(4);
  EXPECT_EQ(sink.out_text,
            "Selected 3 of 45 hosts\n"
            "wave 1 of 1: 3 hosts\n"
            "pi-1: deployed (1.2 s)\n"
            "pi-2: unreachable: connect: Connection refused (1.2 s)\n"
            "pi-3: unreachable: connect: Connection refused (1.2 s)\n"
            "\n"
            "HOST  OUTCOME      RELEASE  TIME   MESSAGE\n"
            "pi-1  deployed     web v1   1.2 s\n"
            "pi-2  unreachable           1.2 s  connect: Connection refused\n"
            "pi-3  unreachable           1.2 s  connect: Connection refused\n"
            "\n"
            "3 hosts: 1 deployed, 2 unreachable in 1.4 s\n");
  EXPECT_EQ(sink.err_text,
            "error: pi-2, pi-3 (2 hosts): connect: Connection refused\n"
            "  hint: is sshd running?\n");
}

TEST(TextReporter, TableNamesOnlyReleasesThatAreThere) {
  StringSink sink;
  const auto reporter = make_reporter({}, sink);
  auto back = host_with("pi-1", Outcome::kRolledBack);
  back.services = {{"web", "r2", "v2", "r1", Outcome::kRolledBack},
                   {"api", "r2", "v2", "", Outcome::kRolledBack}};
  auto failed = host_with("pi-2", Outcome::kFailed);
  failed.services = {{"web", "r2", "v2", "r1", Outcome::kFailed}};
  reporter->begin("deploy", 2, 2, {"pi-1", "pi-2"});
  reporter->end({}, {back, failed}, 1);
  reporter->close(1);
  EXPECT_THAT(sink.out_text, HasSubstr("pi-1  rolled-back  web r1, api none  1.2 s\n"));
  EXPECT_THAT(sink.out_text, HasSubstr("pi-2  failed                         1.2 s\n"));
}

TEST(TextReporter, CommandsThatChangeNothingHaveNoTableAndSayOk) {
  StringSink sink;
  const auto reporter = make_reporter({}, sink);
  drive(*reporter, "check");
  reporter->close(4);
  EXPECT_EQ(sink.out_text,
            "Selected 3 of 45 hosts\n"
            "wave 1 of 1: 3 hosts\n"
            "3 hosts: 1 ok, 2 unreachable in 1.4 s\n");
  EXPECT_THAT(sink.err_text, HasSubstr("pi-2, pi-3 (2 hosts)"));
}

TEST(TextReporter, QuietKeepsTableAndErrors) {
  StringSink sink;
  ReportOptions options;
  options.quiet = 1;
  const auto reporter = make_reporter(options, sink);
  drive(*reporter);
  reporter->close(4);
  EXPECT_THAT(sink.out_text, Not(HasSubstr("wave 1")));
  EXPECT_THAT(sink.out_text, HasSubstr("HOST  OUTCOME"));
  EXPECT_THAT(sink.err_text, HasSubstr("error: "));
}

TEST(TextReporter, ErrorHasItsHintBelowAndLinesIndented) {
  StringSink sink;
  const auto reporter = make_reporter({}, sink);
  reporter->error({Code::kInvalidInput, "a.yaml:1:2: bad\n  1 | x\n", "write y"});
  reporter->error({Code::kIo, "no hint", ""});
  EXPECT_EQ(sink.err_text,
            "error: a.yaml:1:2: bad\n         1 | x\n  hint: write y\nerror: no hint\n");
  EXPECT_THAT(sink.out_text, IsEmpty());
}

TEST(TextReporter, ColorsOnlyWhenAllowed) {
  for (const bool color : {false, true}) {
    StringSink sink;
    ReportOptions options;
    options.color = color;
    const auto reporter = make_reporter(options, sink);
    drive(*reporter);
    reporter->close(4);
    EXPECT_EQ(sink.out_text.find('\x1b') != std::string::npos, color);
    EXPECT_EQ(sink.err_text.find('\x1b') != std::string::npos, color);
  }
}

TEST(TextReporter, HostsCannotDriveTheTerminal) {
  StringSink sink;
  ReportOptions options;
  options.verbose = 1;
  const auto reporter = make_reporter(options, sink);
  const auto host = host_with("pi-1", Outcome::kFailed, "evil\x1b[2J", "worse\x07");
  reporter->begin("deploy", 1, 1, {"pi-1"});
  reporter->phase("pi-1", "p\x1b[2J");
  reporter->output("pi-1", "o\x1b[2J", false);
  reporter->note("n\x1b[2J");
  reporter->warning("w\x1b[2J");
  reporter->host_done(host);
  reporter->end({}, {host}, 1);
  reporter->close(1);
  EXPECT_EQ((sink.out_text + sink.err_text).find('\x1b'), std::string::npos);
  EXPECT_EQ((sink.out_text + sink.err_text).find('\x07'), std::string::npos);
  EXPECT_THAT(sink.err_text, HasSubstr("evil\\x1b[2J"));
}

TEST(TextReporter, LiveLinesAreGoneBeforeTheTable) {
  StringSink sink;
  ReportOptions options;
  options.live = true;
  const auto reporter = make_reporter(options, sink);
  drive(*reporter);
  reporter->close(4);
  const auto erased = sink.out_text.rfind("\x1b[J");
  ASSERT_NE(erased, std::string::npos);
  EXPECT_LT(erased, sink.out_text.find("HOST  OUTCOME"));
  EXPECT_EQ(sink.out_text.find("pi-1: deployed"), std::string::npos) << "no plain lines as well";
}

TEST(TextReporter, SuspendTakesLiveLinesAwayUntilTheNextPhase) {
  StringSink sink;
  ReportOptions options;
  options.live = true;
  const auto reporter = make_reporter(options, sink);
  reporter->begin("deploy", 1, 1, {"pi-1"});
  reporter->phase("pi-1", "connect");
  reporter->suspend();
  reporter->print("the plan\n");
  EXPECT_TRUE(sink.out_text.ends_with("the plan\n")) << "nothing is drawn below a question";
}

TEST(JsonReporter, WritesOneDocumentAtTheEnd) {
  StringSink sink;
  ReportOptions options;
  options.format = OutputFormat::kJson;
  const auto reporter = make_reporter(options, sink);
  drive(*reporter);
  reporter->attach("hosts", json::array({{{"host", "pi-2"}, {"more", 7}}}));
  reporter->attach("extra", 5);
  EXPECT_THAT(sink.out_text, IsEmpty());
  reporter->close(4);
  const auto document = json::parse(sink.out_text);
  EXPECT_EQ(document.at("command"), "deploy");
  EXPECT_EQ(document.at("run"), "20261123T100112Z-7f3a9c1e");
  EXPECT_EQ(document.at("selected"), 3);
  EXPECT_EQ(document.at("total"), 45);
  EXPECT_EQ(document.at("exit_code"), 4);
  EXPECT_EQ(document.at("elapsed_ms"), 1'449);
  EXPECT_EQ(document.at("summary"), json({{"deployed", 1}, {"unreachable", 2}}));
  EXPECT_EQ(document.at("extra"), 5);
  ASSERT_THAT(document.at("hosts"), SizeIs(3));
  EXPECT_EQ(document.at("hosts")[0].at("services")[0].at("release"), "r2");
  EXPECT_EQ(document.at("hosts")[1].at("outcome"), "unreachable");
  EXPECT_EQ(document.at("hosts")[1].at("more"), 7) << "merged by the name of the host";
  EXPECT_EQ(sink.err_text, "Selected 3 of 45 hosts\n");
}

TEST(JsonReporter, ErrorsAreInTheDocument) {
  StringSink sink;
  ReportOptions options;
  options.format = OutputFormat::kJson;
  const auto reporter = make_reporter(options, sink);
  reporter->error({Code::kHostKeyChanged, "pi-1: changed", "ssh-keygen -R pi-1"});
  reporter->error({Code::kInvalidInput, "second", ""});
  reporter->close(1);
  const auto document = json::parse(sink.out_text);
  EXPECT_EQ(document.at("error"), json({{"code", "host-key-changed"},
                                        {"message", "pi-1: changed"},
                                        {"hint", "ssh-keygen -R pi-1"}}));
  EXPECT_THAT(document.at("errors"), SizeIs(2));
}

TEST(JsonReporter, BytesThatAreNoTextDoNotBreakTheDocument) {
  StringSink sink;
  ReportOptions options;
  options.format = OutputFormat::kJson;
  const auto reporter = make_reporter(options, sink);
  reporter->error({Code::kIo, "\xff\x1b[31m\n", ""});
  reporter->close(1);
  EXPECT_FALSE(json::parse(sink.out_text, nullptr, false).is_discarded());
  EXPECT_EQ(sink.out_text.find('\x1b'), std::string::npos);
}

TEST(JsonLinesReporter, EveryLineIsAnObjectWithItsType) {
  StringSink sink;
  ReportOptions options;
  options.format = OutputFormat::kJsonLines;
  const auto reporter = make_reporter(options, sink);
  drive(*reporter);
  reporter->output("pi-1", "hello", true);
  reporter->attach("findings", json::array({{{"host", "pi-1"}, {"result", "warn"}}}));
  reporter->attach("hosts", json::array({{{"host", "pi-1"}}}));
  reporter->close(4);
  std::vector<std::string> types;
  std::istringstream lines(sink.out_text);
  for (std::string line; std::getline(lines, line);) {
    const auto object = json::parse(line);
    types.push_back(object.at("type"));
    if (types.back() == "output") {
      EXPECT_EQ(object.at("stream"), "stderr");
    }
    if (types.back() == "end") {
      EXPECT_EQ(object.at("exit_code"), 4);
    }
  }
  EXPECT_THAT(types, testing::ElementsAre("begin", "phase", "host", "host", "host", "output",
                                          "finding", "result", "end"));
}

}  // namespace
}  // namespace gannet::controller
