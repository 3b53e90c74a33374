// Hosts that are off: a state, not an accident. And a release that is taken back from hosts that
// had it already.
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/projects.h"
#include "tests/support/fleet.h"

namespace gannet::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

/// Three hosts with "one" in force; then h2 is off and "two" is written.
class OffHost : public testing::Test {
 protected:
  OffHost() : fleet_({.hosts = 3}) {
    write_version("one");
    const Output run = fleet_.json({"deploy", "-y", "--tag", "v1"});
    EXPECT_EQ(run.exit_code, 0) << run.all();
    fleet_.host(1).server->stop();
    write_version("two");
  }

  void write_version(const std::string& version) {
    fleet_.write_project(std::string(kOneWave) + web_service(version));
  }
  void make_optional() {
    std::string text = read_file(fleet_.project_dir() / "inventory.yaml");
    text.replace(text.find("  h2:\n"), 6, "  h2:\n    optional: true\n");
    fleet_.write("inventory.yaml", text);
  }
  std::string on(std::size_t host) { return fleet_.host(host).read("etc/app.conf"); }

  Fleet fleet_;
};

TEST_F(OffHost, GetsTheReleaseLaterAndNobodyElseIsTouched) {
  const Output missed = fleet_.json({"deploy", "-y", "--tag", "v2"});
  EXPECT_EQ(missed.exit_code, 4) << missed.all();
  EXPECT_EQ(outcome(missed, "h2"), "unreachable");
  EXPECT_TRUE(host_entry(missed, "h2").at("missed"));
  EXPECT_FALSE(host_entry(missed, "h1").at("missed"));
  EXPECT_EQ(on(0) + on(1) + on(2), "two\none\ntwo\n");

  const Output status = fleet_.run({"status"});
  EXPECT_THAT(status.all(), AllOf(HasSubstr("h2: missed web v2"), Not(HasSubstr("h1: missed"))));
  const Output offline = fleet_.json({"status", "--offline"});
  ASSERT_EQ(offline.json().at("missed_deploys").size(), 1U) << offline.all();
  EXPECT_EQ(offline.json().at("missed_deploys")[0].at("host"), "h2");
  EXPECT_THAT(fleet_.run({"history"}).all(), HasSubstr("1 still pending"));

  const Output still_off = fleet_.json({"deploy", "--pending", "-y"});
  EXPECT_EQ(still_off.exit_code, 4) << still_off.all();

  fleet_.host(1).server->restart();
  const auto others = fleet_.host(0).bytes_received() + fleet_.host(2).bytes_received();
  const Output later = fleet_.json({"deploy", "--pending", "-y"});
  EXPECT_EQ(later.exit_code, 0) << later.all();
  ASSERT_EQ(later.json().at("hosts").size(), 1U);
  EXPECT_EQ(outcome(later, "h2"), "deployed");
  EXPECT_EQ(host_entry(later, "h2").at("services")[0].at("tag"), "v2");
  EXPECT_EQ(on(1), "two\n");
  EXPECT_EQ(fleet_.host(0).bytes_received() + fleet_.host(2).bytes_received(), others);

  const Output nothing = fleet_.run({"deploy", "--pending", "-y"});
  EXPECT_EQ(nothing.exit_code, 0);
  EXPECT_THAT(nothing.all(), HasSubstr("Nothing is pending"));
  EXPECT_THAT(fleet_.run({"status"}).all(), Not(HasSubstr("missed")));
}

TEST_F(OffHost, IsSkippedWhenOptionalAndDoesNotCount) {
  make_optional();
  const Output run = fleet_.json({"deploy", "-y"});
  EXPECT_EQ(run.exit_code, 0) << run.all();
  EXPECT_EQ(outcome(run, "h2"), "skipped");
  EXPECT_THAT(reason(run, "h2"),
              AllOf(HasSubstr("optional host, unreachable"), HasSubstr("refused")));
  EXPECT_EQ(on(0) + on(2), "two\ntwo\n");
  fleet_.host(1).server->restart();
  EXPECT_EQ(fleet_.json({"deploy", "--pending", "-y"}).exit_code, 0);
  EXPECT_EQ(on(1), "two\n");
}

TEST_F(OffHost, IsSkippedWhenAskedTo) {
  const Output run = fleet_.json({"deploy", "-y", "--skip-unreachable"});
  EXPECT_EQ(run.exit_code, 0) << run.all();
  EXPECT_EQ(outcome(run, "h2"), "skipped");
  EXPECT_THAT(reason(run, "h2"), HasSubstr("unreachable: "));
}

TEST_F(OffHost, CountsWhenThereIsNoOther) {
  const Output run = fleet_.json({"deploy", "-y", "--skip-unreachable", "--on", "h2"});
  EXPECT_EQ(run.exit_code, 4) << run.all();
}

TEST_F(OffHost, IsNotPendingAfterARollbackThatItMissedToo) {
  static_cast<void>(fleet_.json({"deploy", "-y"}));
  static_cast<void>(fleet_.json({"rollback", "-y"}));
  EXPECT_THAT(fleet_.run({"deploy", "--pending", "-y"}).all(), HasSubstr("Nothing is pending"));
}

TEST(LeftOut, HostWhosePreflightFailsCostsOnlyItselfWithContinue) {
  Fleet fleet({.hosts = 2, .session_scripts = true});
  // All hosts share this machine, so the check tells them apart by the session's environment.
  fleet.host(0).set_session_script("export SICK=1");
  const std::string checks = "checks: [ { command: \"test -z \\\"$SICK\\\"\" } ]\n";
  fleet.write_project("strategy: { on_failure: continue }\n" + checks + web_service("one"));

  const Output run = fleet.json({"deploy", "-y"});

  EXPECT_EQ(run.exit_code, 4) << run.all();
  EXPECT_EQ(outcome(run, "h1"), "skipped");
  EXPECT_THAT(reason(run, "h1"), HasSubstr("pre-flight: "));
  EXPECT_EQ(outcome(run, "h2"), "deployed");
  EXPECT_FALSE(fleet.host(0).has("etc/app.conf"));
  fleet.host(0).set_session_script(":");
  const Output later = fleet.json({"deploy", "--pending", "-y"});
  EXPECT_EQ(later.exit_code, 0) << later.all();
  EXPECT_EQ(outcome(later, "h1"), "deployed");
}

// ---- taking back ----------------------------------------------------------------------------

/// Four hosts in waves of canary 1, then batches of two; h3 does not like "two".
class SickWave : public testing::Test {
 protected:
  SickWave() : fleet_({.hosts = 4}) {
    write_version("one", "all");
    const Output run = fleet_.json({"deploy", "-y"});
    EXPECT_EQ(run.exit_code, 0) << run.all();
    write_file(fleet_.host(2).root / "bad", "");
  }

  void write_version(const std::string& version, const std::string& rollback) {
    const std::string root = "{{var.root}}";
    // h2 is done before h3 finds out that it is sick.
    fleet_.write_project(
        "strategy: { canary: 1, batch: 2, rollback: " + rollback + ", watchdog: 60s }\n" +
        "services:\n  web:\n    files: [ { content: \"" + version + "\\n\", dest: \"" + root +
        "/etc/app.conf\" } ]\n    health:\n      checks: [ { command: \"test ! -e " + root +
        "/bad || grep -q one " + root + "/etc/app.conf\" } ]\n" +
        "      stable_for: 50ms\n      timeout: 2s\n");
  }
  std::string on(std::size_t host) { return fleet_.host(host).read("etc/app.conf"); }

  Fleet fleet_;
};

TEST_F(SickWave, TakesTheReleaseBackFromAllHosts) {
  write_version("two", "all");
  const Output run = fleet_.json({"deploy", "-y"});
  EXPECT_EQ(run.exit_code, 3) << run.all();
  for (const char* host : {"h1", "h2", "h3"}) EXPECT_EQ(outcome(run, host), "rolled-back") << host;
  EXPECT_EQ(outcome(run, "h4"), "skipped");
  EXPECT_EQ(on(0) + on(1) + on(2) + on(3), "one\none\none\none\n");
  EXPECT_THAT(reason(run, "h1"), HasSubstr("deployed, then taken back"));
}

TEST_F(SickWave, TakesItBackOnlyFromItsOwnWave) {
  write_version("two", "wave");
  const Output run = fleet_.json({"deploy", "-y"});
  EXPECT_EQ(run.exit_code, 3) << run.all();
  EXPECT_EQ(outcome(run, "h1"), "deployed");
  for (const char* host : {"h2", "h3"}) EXPECT_EQ(outcome(run, host), "rolled-back") << host;
  EXPECT_EQ(outcome(run, "h4"), "skipped");
  EXPECT_EQ(on(0) + on(1) + on(2) + on(3), "two\none\none\none\n");
}

TEST_F(SickWave, SaysWhichHostCouldNotBeTakenBack) {
  // h1 goes off as soon as h3's gate looks: it has the release, and nobody can take it back.
  const std::string mark = fleet_.host(0).dir / "stop";
  write_version("two", "all");
  const std::string yaml = read_file(fleet_.project_dir() / "gannet.yaml");
  fleet_.write("gannet.yaml", yaml + "    before: \"if [ -e {{var.root}}/bad ]; then touch " +
                                  mark + "; while [ -e " + mark +
                                  " ]; do sleep 0.05; done; fi\"\n");
  const auto gannet = fleet_.start({"-o", "json", "deploy", "-y", "--timeout", "2s"});
  wait_until(
      "h3 to be begun", [&] { return fs::exists(mark); }, std::chrono::seconds(60));
  fleet_.host(0).server->stop();
  fs::remove(mark);
  const Output run = gannet->wait(std::chrono::seconds(120));
  EXPECT_EQ(run.exit_code, 1) << run.all();
  EXPECT_EQ(outcome(run, "h1"), "failed");
  EXPECT_THAT(reason(run, "h1"),
              HasSubstr("could not be rolled back, the new release is in force"));
  EXPECT_EQ(outcome(run, "h3"), "rolled-back");
  EXPECT_EQ(on(0) + on(2), "two\none\n");
}

// ---- hooks ----------------------------------------------------------------------------------

TEST(Hooks, ThatFailShowWhatTheyPrintedEvenOnTheWayBack) {
  Fleet fleet({.hosts = 1});
  fleet.write_project(std::string(kOneWave) + web_service("one"));
  ASSERT_EQ(fleet.json({"deploy", "-y"}).exit_code, 0);
  fleet.write_project(std::string(kOneWave) +
                      web_service("two",
                                  "    after: \"echo the after hook says why; exit 3\"\n"
                                  "    on_rollback: \"echo tidying went wrong >&2; exit 4\"\n"));
  const Output json = fleet.json({"deploy", "-y"});
  EXPECT_EQ(json.exit_code, 1) << json.all();
  EXPECT_THAT(reason(json, "h1"), AllOf(HasSubstr("exit code 3\n  the after hook says why"),
                                        HasSubstr("exit code 4\n  tidying went wrong")));
  const Output text = fleet.run({"deploy", "-y"});
  EXPECT_THAT(text.all(),
              AllOf(HasSubstr("the after hook says why"), HasSubstr("tidying went wrong")));
  EXPECT_EQ(fleet.host(0).read("etc/app.conf"), "one\n");
}

}  // namespace
}  // namespace gannet::test
