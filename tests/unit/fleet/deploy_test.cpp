// Whole operations over a local fleet with real agents.
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/fleet/local_fleet.h"

namespace gannet::controller {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Files = std::map<std::string, std::string>;

constexpr const char* kProject = R"(project: test
inventory: inventory.yaml
strategy: { @STRATEGY@, watchdog: 20s }
services:
  web:
    files:
      - { src: app/, dest: "@HOST@/app/" }
      - { content: "for {{host.name}}\n", dest: "@HOST@/name", template: true }
      - { src: key, dest: "@HOST@/key", secret: true }
    health:
      checks: [ { command: "test ! -e @HOST@/bad || ! grep -q TWO @HOST@/app/a.txt" } ]
      stable_for: 100ms
      timeout: 1s
)";

class DeployTest : public testing::Test {
 protected:
  void SetUp() override { project("on_failure: continue, max_failures: 100"); }

  void project(const std::string& strategy) {
    fleet.write("app/a.txt", "one\ntwo\nthree\n");
    fleet.write("app/sub/b.txt", "b1\n");
    fleet.write("key", "very secret 1\n");
    std::string yaml = kProject;
    yaml.replace(yaml.find("@STRATEGY@"), 10, strategy);
    fleet.load(yaml);
  }
  void next_version() {
    fleet.write("app/a.txt", "one\nTWO\nthree\n");
    fleet.write("key", "very secret 2\n");
    fleet.write("app/new.txt", "new\n");
  }
  /// The next version will not be healthy on this host. (A directory: it is no content.)
  void break_next_version(const std::string& host) {
    fs::create_directories(fleet.host_dir(host) / "bad");
  }
  RunSummary deploy(const std::string& tag = "v1", DeployOptions options = {}) {
    auto context = fleet.context("deploy");
    return run_deploy(context, fleet.release(tag), options);
  }
  [[nodiscard]] static Files version_one(const std::string& host) {
    return {{"app/a.txt", "one\ntwo\nthree\n"},
            {"app/sub/b.txt", "b1\n"},
            {"key", "very secret 1\n"},
            {"name", "for " + host + "\n"}};
  }
  [[nodiscard]] static std::vector<Outcome> outcomes(const RunSummary& summary) {
    std::vector<Outcome> result;
    for (const auto& host : summary.hosts) result.push_back(host.outcome);
    return result;
  }
  [[nodiscard]] static std::string messages(const RunSummary& summary) {
    std::string text;
    for (const auto& host : summary.hosts)
      text += host.host + " " + std::string(to_string(host.outcome)) + ": " + host.message + "\n";
    return text;
  }

  LocalFleet fleet;
};

TEST_F(DeployTest, PutsFilesInPlaceAndThenFindsNothingToDo) {
  fleet.add_hosts(3);
  const auto first = deploy();
  EXPECT_EQ(first.exit_code(), ExitCode::kOk) << messages(first);
  for (const auto& host : fleet.hosts) EXPECT_EQ(fleet.content(host.name), version_one(host.name));
  EXPECT_THAT(outcomes(first),
              ElementsAre(Outcome::kDeployed, Outcome::kDeployed, Outcome::kDeployed));
  fleet.reporter.phases.clear();
  const auto second = deploy();
  EXPECT_THAT(outcomes(second),
              ElementsAre(Outcome::kUnchanged, Outcome::kUnchanged, Outcome::kUnchanged));
  EXPECT_THAT(fleet.reporter.phases["h1"], Not(Contains(HasSubstr("upload"))));
}

TEST_F(DeployTest, UploadsOnlyWhatChanged) {
  fleet.add_hosts(1);
  deploy();
  fleet.write("app/a.txt", "changed\n");
  fleet.reporter.phases.clear();
  const auto summary = deploy("v2");
  EXPECT_EQ(summary.exit_code(), ExitCode::kOk) << messages(summary);
  EXPECT_THAT(fleet.reporter.phases["h1"], Contains("upload 1 file, 8 B"));
}

TEST_F(DeployTest, RecordsWhatItDoesBeforeAndAfterEachChange) {
  fleet.add_hosts(1);
  deploy();
  const auto& history = fleet.store.history["h1"];
  ASSERT_GE(history.size(), 3U);
  EXPECT_EQ(history.front().outcome, Outcome::kSkipped);
  EXPECT_EQ(history[1].outcome, Outcome::kUnknown);
  EXPECT_EQ(history[1].phase, "apply");
  EXPECT_EQ(history.back().outcome, Outcome::kDeployed);
  ASSERT_EQ(history.back().services.size(), 1U);
  EXPECT_EQ(history.back().services[0].tag, "v1");
  EXPECT_EQ(history.back().services[0].outcome, Outcome::kDeployed);
  EXPECT_THAT(fleet.store.exit_codes, ElementsAre(0));
  EXPECT_EQ(fleet.reporter.ended, 1);
}

TEST_F(DeployTest, AnUnhealthyReleasePutsItselfBack) {
  fleet.add_hosts(2);
  deploy();
  next_version();
  for (const auto& host : fleet.hosts) break_next_version(host.name);
  const auto summary = deploy("v2");
  EXPECT_EQ(summary.exit_code(), ExitCode::kRolledBack) << messages(summary);
  for (const auto& host : fleet.hosts) EXPECT_EQ(fleet.content(host.name), version_one(host.name));
}

TEST_F(DeployTest, ShowsThePlanBeforeItAsksAndTouchesNothingAfterANo) {
  fleet.add_hosts(1);
  deploy();
  next_version();
  PlanOutput seen;
  DeployOptions options;
  options.confirm = [&](const PlanOutput& plan) {
    seen = plan;
    return false;
  };
  const auto summary = deploy("v2", options);
  EXPECT_THAT(outcomes(summary), ElementsAre(Outcome::kSkipped));
  EXPECT_EQ(fleet.content("h1"), version_one("h1"));
  ASSERT_EQ(seen.hosts.size(), 1U);
  EXPECT_TRUE(seen.hosts[0].changes());
  EXPECT_FALSE(seen.hosts[0].error) << seen.hosts[0].error->context;
}

TEST_F(DeployTest, PlanShowsDifferencesButNoSecrets) {
  fleet.add_hosts(1);
  deploy();
  next_version();
  auto context = fleet.context("plan");
  const auto output = run_plan(context, fleet.release("v2"));
  ASSERT_EQ(output.hosts.size(), 1U);
  ASSERT_EQ(output.hosts[0].services.size(), 1U);
  std::map<std::string, PlannedFile> files;
  for (const auto& file : output.hosts[0].services[0].files)
    files[fs::path(file.change.path).filename().string()] = file;
  EXPECT_EQ(files["a.txt"].diff, "@@ -1,3 +1,3 @@\n one\n-two\n+TWO\n three\n");
  EXPECT_EQ(files["key"].diff, "");
  EXPECT_EQ(files["key"].note, "secret: values not shown");
  EXPECT_EQ(files["new.txt"].change.kind, protocol::ChangeKind::kAdd);
  EXPECT_EQ(fleet.content("h1"), version_one("h1"));
}

TEST_F(DeployTest, TooManyFailuresTakeTheReleaseBackFromTheWholeFleet) {
  project("canary: 1, batch: 1, on_failure: rollback, max_failures: 0");
  fleet.add_hosts(3);
  ASSERT_EQ(deploy().exit_code(), ExitCode::kOk);
  next_version();
  break_next_version("h2");
  const auto summary = deploy("v2");
  EXPECT_THAT(outcomes(summary),
              ElementsAre(Outcome::kRolledBack, Outcome::kRolledBack, Outcome::kSkipped))
      << messages(summary);
  EXPECT_EQ(summary.exit_code(), ExitCode::kRolledBack);
  EXPECT_EQ(fleet.content("h1"), version_one("h1"));
  EXPECT_EQ(fleet.content("h3"), version_one("h3"));
}

TEST_F(DeployTest, StopLeavesEarlierWavesInPlace) {
  project("canary: 1, batch: 1, on_failure: stop, max_failures: 0");
  fleet.add_hosts(3);
  ASSERT_EQ(deploy().exit_code(), ExitCode::kOk);
  next_version();
  break_next_version("h2");
  const auto summary = deploy("v2");
  EXPECT_THAT(outcomes(summary),
              ElementsAre(Outcome::kDeployed, Outcome::kRolledBack, Outcome::kSkipped))
      << messages(summary);
  EXPECT_EQ(fleet.content("h1").at("app/new.txt"), "new\n");
}

TEST_F(DeployTest, AFirstReleaseIsRemovedWhenTheFleetGoesBack) {
  project("canary: 1, batch: 1, on_failure: rollback, max_failures: 0");
  fleet.add_hosts(2);
  next_version();
  break_next_version("h2");
  const auto summary = deploy();
  EXPECT_THAT(outcomes(summary), ElementsAre(Outcome::kRolledBack, Outcome::kRolledBack))
      << messages(summary);
  EXPECT_THAT(fleet.content("h1"), IsEmpty());
}

TEST_F(DeployTest, AFailedCheckOnOneHostTouchesNoHost) {
  fleet.add_hosts(2);
  std::string yaml = kProject;
  yaml.replace(yaml.find("@STRATEGY@"), 10, "max_failures: 9");
  fleet.load(yaml + "checks: [ { file: \"" + (fleet.host_dir("h1") / "must").string() + "\" } ]\n");
  const auto summary = deploy();
  EXPECT_EQ(summary.exit_code(), ExitCode::kPreflight) << messages(summary);
  EXPECT_THAT(summary.hosts[0].message, HasSubstr("pre-flight: "));
  EXPECT_THAT(fleet.content("h1"), IsEmpty());
  EXPECT_THAT(fleet.content("h2"), IsEmpty());
}

TEST_F(DeployTest, AMissingSourceFileIsFoundBeforeAnythingIsContacted) {
  fleet.add_hosts(1);
  fs::remove(fleet.root / "project" / "key");
  const auto summary = deploy();
  EXPECT_EQ(summary.exit_code(), ExitCode::kUsage);
  ASSERT_FALSE(fleet.reporter.errors.empty());
  EXPECT_THAT(fleet.reporter.errors[0].context, HasSubstr("key"));
  EXPECT_THAT(fleet.reporter.phases, IsEmpty());
  EXPECT_THAT(fleet.store.begun, IsEmpty());
}

TEST_F(DeployTest, RollbackGoesToTheReleaseBeforeAndByTagForwardAgain) {
  fleet.add_hosts(2);
  deploy("v1");
  next_version();
  ASSERT_EQ(deploy("v2").exit_code(), ExitCode::kOk);
  auto back = fleet.context("rollback");
  const auto rolled = run_rollback(back, fleet.release(), {});
  EXPECT_EQ(rolled.exit_code(), ExitCode::kOk) << messages(rolled);
  EXPECT_EQ(fleet.content("h1"), version_one("h1"));
  EXPECT_EQ(fleet.content("h2"), version_one("h2"));
  RollbackOptions options;
  options.to = "v2";
  auto forward = fleet.context("rollback");
  const auto again = run_rollback(forward, fleet.release(), options);
  EXPECT_EQ(again.exit_code(), ExitCode::kOk) << messages(again);
  EXPECT_EQ(fleet.content("h1").at("app/new.txt"), "new\n");
}

TEST_F(DeployTest, RollbackOfAFirstReleaseSaysWhatIsMissing) {
  fleet.add_hosts(1);
  deploy("v1");
  auto context = fleet.context("rollback");
  const auto plan = run_rollback_plan(context, fleet.release(), {});
  ASSERT_EQ(plan.hosts.size(), 1U);
  EXPECT_THAT(plan.hosts[0].problems, ElementsAre(HasSubstr("web: no release of web before")));
  auto again = fleet.context("rollback");
  EXPECT_EQ(run_rollback(again, fleet.release(), {}).exit_code(), ExitCode::kPreflight);
  EXPECT_EQ(fleet.content("h1"), version_one("h1"));
}

TEST_F(DeployTest, ALockedHostIsNotTouchedAndSaysWhy) {
  fleet.add_hosts(1);
  auto lock = fleet.context("lock");
  EXPECT_EQ(run_lock(lock, "disk swap", std::chrono::hours(1)).exit_code(), ExitCode::kOk);
  const auto summary = deploy();
  EXPECT_THAT(outcomes(summary), ElementsAre(Outcome::kFailed));
  EXPECT_THAT(summary.hosts[0].message, HasSubstr("locked by tester@here"));
  EXPECT_THAT(summary.hosts[0].message, HasSubstr("disk swap"));
  auto unlock = fleet.context("unlock");
  EXPECT_EQ(run_unlock(unlock).exit_code(), ExitCode::kOk);
  EXPECT_EQ(deploy().exit_code(), ExitCode::kOk);
}

TEST_F(DeployTest, StatusTellsWhatIsInForceAndWhatDrifted) {
  fleet.add_hosts(1);
  deploy("v1");
  std::ofstream(fleet.host_dir("h1") / "app" / "a.txt") << "by hand\n";
  auto context = fleet.context("status");
  const auto output = run_status(context, true);
  EXPECT_EQ(output.summary.exit_code(), ExitCode::kOk);
  ASSERT_EQ(output.hosts.size(), 1U);
  ASSERT_EQ(output.hosts[0].status.services.size(), 1U);
  const auto& service = output.hosts[0].status.services[0];
  ASSERT_FALSE(service.kept.empty());
  EXPECT_EQ(service.kept[0].tag, "v1");
  ASSERT_EQ(service.drift.size(), 1U);
  EXPECT_THAT(service.drift[0].path, HasSubstr("app/a.txt"));
}

TEST_F(DeployTest, ExecGivesOutputLineByLineAndTheExitStatus) {
  fleet.add_hosts(2);
  ExecOptions options;
  options.command = "echo out; printf 'no newline'; echo err >&2; exit 3";
  auto context = fleet.context("exec");
  const auto output = run_exec(context, options);
  EXPECT_EQ(output.summary.exit_code(), ExitCode::kFailed);
  ASSERT_EQ(output.results.size(), 2U);
  EXPECT_EQ(output.results[1].reply.exit_code, 3);
  EXPECT_EQ(output.summary.hosts[1].message, "exit status 3");
  EXPECT_THAT(fleet.reporter.lines["h1"],
              testing::UnorderedElementsAre("out", "no newline", "err"));
}

TEST_F(DeployTest, CheckReportsEveryFindingAndRefusesWhenOneFails) {
  fleet.add_hosts(1);
  auto context = fleet.context("check");
  const auto fine = run_check(context, fleet.release());
  EXPECT_EQ(fine.summary.exit_code(), ExitCode::kOk) << messages(fine.summary);
  ASSERT_EQ(fine.results.size(), 1U);
  EXPECT_GE(fine.results[0].findings.size(), 7U);
  std::string yaml = kProject;
  yaml.replace(yaml.find("@STRATEGY@"), 10, "max_failures: 9");
  fleet.load(yaml + "checks: [ { file: /does/not/exist } ]\n");
  auto again = fleet.context("check");
  const auto refused = run_check(again, fleet.release());
  EXPECT_EQ(refused.summary.exit_code(), ExitCode::kPreflight);
  EXPECT_THAT(refused.summary.hosts[0].message, HasSubstr("/does/not/exist"));
}

TEST_F(DeployTest, AgentVersionAndRemove) {
  fleet.add_hosts(1);
  auto version = fleet.context("agent version");
  const auto output = run_agent_version(version);
  ASSERT_EQ(output.hosts.size(), 1U);
  EXPECT_TRUE(fs::exists(output.hosts[0].path)) << output.hosts[0].path;
  auto remove = fleet.context("agent remove");
  EXPECT_EQ(run_agent_remove(remove, true).exit_code(), ExitCode::kOk);
  EXPECT_FALSE(fs::exists(fleet.state_dir("h1")));
}

TEST_F(DeployTest, OnlyTheHostsAskedForAreBegun) {
  fleet.add_hosts(3);
  DeployOptions options;
  options.only_hosts = {"h2"};
  const auto summary = deploy("v1", options);
  ASSERT_EQ(summary.hosts.size(), 1U);
  EXPECT_EQ(summary.hosts[0].host, "h2");
  EXPECT_THAT(fleet.content("h1"), IsEmpty());
}

}  // namespace
}  // namespace gannet::controller
