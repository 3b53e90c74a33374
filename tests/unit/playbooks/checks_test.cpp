#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "playbooks/check_rules.h"
#include "tests/unit/inventory/temp_folder.h"

namespace gannet::playbooks {
namespace {

using std::chrono::milliseconds;

class ChecksTest : public testing::Test {
 protected:
  std::vector<CheckSpec> checks(const std::string& list) {
    auto project = load_project(folder_.write("g.yaml", "project: x\nchecks: " + list + "\n"));
    EXPECT_TRUE(project) << (project ? "" : project.error().front().context);
    return project ? project->checks : std::vector<CheckSpec>{};
  }

  HealthSpec health(const std::string& value) {
    auto project = load_project(
        folder_.write("g.yaml", "project: x\nservices: {a: {files: [], health: " + value + "}}\n"));
    EXPECT_TRUE(project) << (project ? "" : project.error().front().context);
    return project ? project->services.front().health : HealthSpec{};
  }

  std::string refusal(const std::string& check) {
    const auto project =
        parse_project(folder_.write("g.yaml", "project: x\nchecks:\n  - { " + check + " }\n"));
    if (project) return "no problem";
    const inventory::Problem& problem = project.error().front();
    return problem.message + (problem.note.empty() ? "" : " [" + problem.note + "]") +
           (problem.hint.empty() ? "" : " => " + problem.hint);
  }

  test::TempFolder folder_;
};

TEST_F(ChecksTest, ReadsEveryType) {
  const auto all = checks(
      "[ {disk: /, min_free: 500MB, min_inodes: 1000}, {memory: true, min_free: 64MB},\n"
      "  {load: true, max: 1.5}, {temperature: true, max: 80}, {throttling: true},\n"
      "  {clock: true, max: 30s}, {port_free: 8080, owner: nginx}, {port_open: 22},\n"
      "  {unit: ssh.service}, {http: \"http://127.0.0.1:8080/x?y\", expect: 204, contains: ok},\n"
      "  {tcp: \"[::1]:5432\"}, {file: /run/x, contains: v2}, {process: nginx},\n"
      "  {command: \"test -f /x\", expect: 3, name: mine, severity: warn, timeout: 9s},\n"
      "  {writable: /srv, warn_only: true} ]");
  ASSERT_EQ(all.size(), 15U);
  EXPECT_EQ(all[0].min_bytes, 500U << 20U);
  EXPECT_EQ(all[0].min_inodes, 1'000U);
  EXPECT_EQ(all[0].name, "disk /");
  EXPECT_EQ(all[1].name, "memory");
  EXPECT_EQ(all[2].max, 1.5);
  EXPECT_EQ(all[3].max, 80);
  EXPECT_EQ(all[5].max, 30);
  EXPECT_EQ(all[6].port, 8080);
  EXPECT_EQ(all[6].target, "nginx");
  EXPECT_EQ(all[7].name, "port_open 22");
  EXPECT_EQ(all[9].expect, 204);
  EXPECT_EQ(all[9].pattern, "ok");
  EXPECT_EQ(all[10].target, "::1");
  EXPECT_EQ(all[10].port, 5432);
  EXPECT_EQ(all[10].name, "tcp [::1]:5432");
  EXPECT_EQ(all[13].expect, 3);
  EXPECT_EQ(all[13].name, "mine");
  EXPECT_TRUE(all[13].warn_only);
  EXPECT_EQ(all[13].timeout, milliseconds(9'000));
  EXPECT_TRUE(all[14].warn_only);
  for (const CheckSpec& check : all) EXPECT_TRUE(check.unresolved.empty()) << check.name;
}

TEST_F(ChecksTest, GateTakesTheLongestTimesOfItsChecks) {
  const HealthSpec gate = health(
      "[ {unit: a.service, stable_for: 2s, timeout: 30s, attempt_timeout: 1s},\n"
      "  {tcp: \"127.0.0.1:1\", stable_for: 3s} ]");
  EXPECT_EQ(gate.stable_for, milliseconds(3'000));
  EXPECT_EQ(gate.timeout, milliseconds(30'000));
  EXPECT_EQ(gate.checks[0].timeout, milliseconds(1'000));
  EXPECT_EQ(gate.checks[1].timeout, milliseconds(5'000));
}

TEST_F(ChecksTest, GateOfAMappingAndDefaults) {
  const HealthSpec mapped = health("{checks: [{process: x}], stable_for: 200ms, timeout: 1s}");
  EXPECT_EQ(mapped.stable_for, milliseconds(200));
  EXPECT_EQ(mapped.timeout, milliseconds(1'000));
  const HealthSpec usual = health("[{process: x}]");
  EXPECT_EQ(usual.stable_for, milliseconds(5'000));
  EXPECT_EQ(usual.timeout, milliseconds(60'000));
}

TEST_F(ChecksTest, LeavesWhatHoldsVariablesForTheRenderer) {
  const HealthSpec gate =
      health("[{port_open: \"${PORT}\"}, {tcp: \"${HOST}:1\"}, {http: \"${URL}\"}]");
  EXPECT_EQ(gate.checks[0].unresolved, "${PORT}");
  EXPECT_EQ(gate.checks[0].name, "port_open ${PORT}");
  EXPECT_EQ(gate.checks[1].unresolved, "${HOST}:1");
  EXPECT_EQ(gate.checks[2].target, "${URL}");
}

TEST_F(ChecksTest, RefusesWhatItCannotCheck) {
  const std::string types =
      "disk, memory, load, temperature, throttling, clock, port_free, port_open, unit, http, tcp, "
      "file, process, command, writable";
  EXPECT_EQ(refusal("htpp: x"), "unknown check \"htpp\" [did you mean \"http\"?]");
  EXPECT_EQ(refusal("name: x"), "this check has no type => write one of " + types);
  EXPECT_EQ(refusal("disk: /, tcp: \"1.2.3.4:5\""),
            "one check cannot be both disk and tcp => make two elements of the list");
  EXPECT_EQ(refusal("disk: /var"), "the disk check has no limit => add min_free or min_inodes");
  EXPECT_EQ(refusal("memory: true"), "the memory check has no limit => add min_free");
  EXPECT_EQ(refusal("memory: false, min_free: 1M"),
            "\"memory: false\" checks nothing => remove the check");
  EXPECT_EQ(refusal("disk: var, min_free: 1M"),
            "the disk check: \"var\" is not a clean absolute path => begin with \"/\", without "
            "\"..\", \"//\" or a \"/\" at the end");
  EXPECT_EQ(refusal("http: \"https://127.0.0.1/\""),
            "the http check: the agent speaks http only, it cannot check \"https://127.0.0.1/\" => "
            "check the port with tcp:, or the plain http port behind it");
  EXPECT_EQ(refusal("http: \"ftp://x\""),
            "the http check: \"ftp://x\" is not an http URL => write for example "
            "http://127.0.0.1:8080/healthz");
  EXPECT_EQ(refusal("http: \"http://web.lan/\""),
            "the http check: \"web.lan\" is a name, and the agent resolves none => write an IP "
            "address or localhost");
  EXPECT_EQ(refusal("http: \"http://127.0.0.1:0/\""),
            "the http check: \"0\" is not a port => write a number from 1 to 65535");
  EXPECT_EQ(refusal("tcp: localhost"),
            "the tcp check: \"localhost\" is not an address with a port => write address:port, for "
            "example 127.0.0.1:5432");
  EXPECT_EQ(refusal("port_free: 65536"),
            "the port_free check: \"65536\" is not a port => write a number from 1 to 65535");
  EXPECT_EQ(refusal("unit: nginx"),
            "the unit check: \"nginx\" is not the name of a unit => write it with its type: "
            "nginx.service");
  EXPECT_EQ(refusal("http: \"http://127.0.0.1\", expect: 99"),
            "\"expect\" in the http check has to be a whole number from 100 to 599, not \"99\"");
  EXPECT_EQ(refusal("unit: a.service, expect: 1"),
            "unknown key \"expect\" in the unit check => "
            "known keys: unit, name, timeout, warn_only, "
            "severity");
  EXPECT_EQ(refusal("unit: a.service, timeout: 0s"), "zero is no time");
}

TEST_F(ChecksTest, RefusesAGateThatCannotPass) {
  const auto project = parse_project(
      folder_.write("g.yaml",
                    "project: x\nservices: {a: {files: [], health: {checks: [], stable_for: 2m, "
                    "timeout: 1m}}}\n"));
  ASSERT_FALSE(project);
  EXPECT_EQ(project.error().front().message,
            "health can never pass: timeout (1m) is shorter than stable_for (2m)");
}

TEST(SettleTarget, JudgesUrlsWithIpv6) {
  CheckSpec check;
  check.type = CheckType::kHttp;
  for (const char* good :
       {"http://[::1]:80/", "http://[::1]/", "http://localhost", "http://10.0.0.1?x"}) {
    check.target = good;
    EXPECT_TRUE(settle_target(check)) << good;
  }
  for (const char* bad : {"http://", "http://[::1/", "http://a b/", "http://127.0.0.1:x/"}) {
    check.target = bad;
    EXPECT_FALSE(settle_target(check)) << bad;
  }
}

}  // namespace
}  // namespace gannet::playbooks
