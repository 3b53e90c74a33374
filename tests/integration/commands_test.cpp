// The commands around a deployment: plan, status, history, exec, lock, agent, become.
#include <cstdlib>
#include <filesystem>
#include <string>

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/projects.h"
#include "tests/support/fleet.h"

namespace gannet::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class Commands : public testing::Test {
 protected:
  Commands() : fleet_({.hosts = 2}) { write_version("one"); }

  void write_version(const std::string& version) {
    fleet_.write_project(std::string(kOneWave) + web_service(version));
  }

  void deploy() {
    const Output run = fleet_.json({"deploy", "-y", "--tag", "v1"});
    EXPECT_EQ(run.exit_code, 0) << run.all();
  }

  FleetHost& host() { return fleet_.host(0); }

  Fleet fleet_;
};

TEST_F(Commands, PlanShowsADiffAndChangesNothing) {
  deploy();
  write_version("two");
  const auto before = host().tree();

  const Output plan = fleet_.run({"plan", "--exit-code"});

  EXPECT_EQ(plan.exit_code, 6) << plan.all();
  EXPECT_THAT(plan.out, HasSubstr("-one"));
  EXPECT_THAT(plan.out, HasSubstr("+two"));
  EXPECT_EQ(host().tree(), before);
  EXPECT_THAT(host().journal(), testing::IsEmpty());
}

TEST_F(Commands, PlanOfWhatIsThereSaysSo) {
  deploy();
  const Output plan = fleet_.run({"plan", "--exit-code"});
  EXPECT_EQ(plan.exit_code, 0) << plan.all();
  EXPECT_THAT(plan.out, HasSubstr("unchanged"));
}

TEST_F(Commands, CheckPassesAndFailsWithTheFinding) {
  const Output good = fleet_.json({"check"});
  EXPECT_EQ(good.exit_code, 0) << good.all();
  fleet_.write_project("checks: [ { file: \"/nowhere/at/all\" } ]\n" + web_service("one"));

  const Output bad = fleet_.json({"check"});
  EXPECT_EQ(bad.exit_code, 5) << bad.all();
  EXPECT_THAT(bad.out, HasSubstr("/nowhere/at/all"));

  const Output deploy = fleet_.json({"deploy", "-y"});
  EXPECT_EQ(deploy.exit_code, 5) << deploy.all();
  EXPECT_THAT(host().tree(), testing::IsEmpty());
  EXPECT_THAT(fleet_.host(1).tree(), testing::IsEmpty());
}

TEST_F(Commands, StatusKnowsTheReleaseAndTheDrift) {
  deploy();
  const Output clean = fleet_.json({"status", "--drift"});
  EXPECT_EQ(clean.exit_code, 0) << clean.all();
  EXPECT_THAT(clean.out, HasSubstr("v1"));
  EXPECT_THAT(clean.out, Not(HasSubstr("etc/app.conf")));
  write_file(host().root / "etc/app.conf", "edited by hand\n");

  const Output drifted = fleet_.json({"status", "--drift"});

  EXPECT_EQ(drifted.exit_code, 0) << drifted.all();
  EXPECT_THAT(host_entry(drifted, "h1").dump(), HasSubstr("etc/app.conf"));
  EXPECT_THAT(host_entry(drifted, "h2").dump(), Not(HasSubstr("etc/app.conf")));
  EXPECT_EQ(host().read("etc/app.conf"), "edited by hand\n");
}

TEST_F(Commands, StatusOfflineAsksNobody) {
  deploy();
  for (FleetHost& each : fleet_.hosts()) each.server->stop();
  const Output status = fleet_.json({"status", "--offline"});
  EXPECT_EQ(status.exit_code, 0) << status.all();
  EXPECT_THAT(status.out, HasSubstr("v1"));
}

TEST_F(Commands, HistoryHoldsEveryRun) {
  deploy();
  write_version("two");
  deploy();
  const Output rollback = fleet_.json({"rollback", "-y"});
  EXPECT_EQ(rollback.exit_code, 0) << rollback.all();
  EXPECT_EQ(host().read("etc/app.conf"), "one\n");

  const Output history = fleet_.json({"history"});
  EXPECT_EQ(history.exit_code, 0) << history.all();
  const auto runs = history.json().at("runs");
  ASSERT_EQ(runs.size(), 3U) << history.all();
  EXPECT_EQ(runs.at(0).at("command"), "rollback");
  EXPECT_EQ(runs.at(2).at("command"), "deploy");
  const Output text = fleet_.run({"history"});
  EXPECT_EQ(text.exit_code, 0) << text.all();
}

TEST_F(Commands, JsonLinesAreJsonEach) {
  const Output run = fleet_.run({"deploy", "-y", "-o", "jsonl"});
  EXPECT_EQ(run.exit_code, 0) << run.all();
  std::istringstream lines(run.out);
  std::string last;
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    const auto value = nlohmann::json::parse(line, nullptr, false);
    ASSERT_FALSE(value.is_discarded()) << line;
    last = value.at("type");
  }
  EXPECT_GT(count, 3);
  EXPECT_EQ(last, "end");
}

TEST_F(Commands, ExecTellsOutputAndExitCode) {
  const Output good = fleet_.json({"exec", "--", "echo hello; echo problem >&2"});
  EXPECT_EQ(good.exit_code, 0) << good.all();
  EXPECT_THAT(good.out, HasSubstr("hello"));
  EXPECT_THAT(good.out, HasSubstr("problem"));
  const Output bad = fleet_.json({"exec", "--on", "h2", "--", "exit 7"});
  EXPECT_EQ(bad.exit_code, 1) << bad.all();
  EXPECT_THAT(host_entry(bad, "h2").dump(), HasSubstr("7"));
}

TEST_F(Commands, ExecWithATimeoutEndsTheCommand) {
  const Output run = fleet_.json({"exec", "--command-timeout", "300ms", "--", "sleep 1000"});
  EXPECT_EQ(run.exit_code, 1) << run.all();
  EXPECT_LT(run.elapsed, std::chrono::seconds(20));
}

TEST_F(Commands, LockRefusesDeploymentsUntilUnlocked) {
  const Output lock = fleet_.json({"lock", "--on", "h1", "--reason", "disk is being replaced"});
  EXPECT_EQ(lock.exit_code, 0) << lock.all();

  const Output refused = fleet_.json({"deploy", "-y", "--on", "h1"});
  EXPECT_EQ(refused.exit_code, 1) << refused.all();
  EXPECT_THAT(reason(refused, "h1"), HasSubstr("disk is being replaced"));
  EXPECT_THAT(host().tree(), testing::IsEmpty());

  const Output unlock = fleet_.json({"unlock", "--on", "h1"});
  EXPECT_EQ(unlock.exit_code, 0) << unlock.all();
  deploy();
}

TEST_F(Commands, AgentIsInstalledOnceAndRemovedOnRequest) {
  deploy();
  const Output version = fleet_.json({"agent", "version"});
  EXPECT_EQ(version.exit_code, 0) << version.all();
  EXPECT_TRUE(fs::exists(host().state / "bin"));

  const Output remove = fleet_.json({"agent", "remove", "--state", "-y"});
  EXPECT_EQ(remove.exit_code, 0) << remove.all();
  EXPECT_FALSE(fs::exists(host().state / "bin"));
  EXPECT_FALSE(fs::exists(host().state / "blobs"));
  EXPECT_EQ(host().read("etc/app.conf"), "one\n");
}

TEST_F(Commands, OnlyFailedGoesToThoseThatFailed) {
  fleet_.write_project(std::string(kContinue) +
                       "services:\n  web:\n    files: [ { content: \"one\\n\", dest: "
                       "\"{{var.root}}/etc/app.conf\" } ]\n    health: { checks: [ { command: "
                       "\"test ! -e {{var.root}}/bad\" } ], stable_for: 50ms, timeout: 300ms }\n");
  write_file(host().root / "bad", "");
  const Output first = fleet_.json({"deploy", "-y"});
  EXPECT_EQ(first.exit_code, 3) << first.all();
  fs::remove(host().root / "bad");

  const Output second = fleet_.json({"deploy", "-y", "--only-failed"});

  EXPECT_EQ(second.exit_code, 0) << second.all();
  EXPECT_EQ(outcome(second, "h1"), "deployed");
  EXPECT_EQ(second.json().at("hosts").size(), 1U);
}

TEST_F(Commands, SecretsShowUpNowhere) {
  constexpr const char* kSecret = "hunter2-planted-secret";
  constexpr const char* kOther = "swordfish-planted-secret";
  fleet_.write(".env", std::string("API_TOKEN=") + kSecret + "\n", 0600);
  fleet_.write("app.key", std::string(kOther) + "1\n", 0600);
  fleet_.write_project(
      "environments: { lab: { env_file: .env } }\n"
      "services:\n  web:\n    files:\n"
      "      - { content: \"token={{env.API_TOKEN}}\\n\", template: true, secret: true,"
      " dest: \"{{var.root}}/etc/token\" }\n"
      "      - { src: app.key, secret: true, dest: \"{{var.root}}/etc/app.key\" }\n"
      "      - { content: \"url = http://me:{{env.API_TOKEN}}@host/\\n\", template: true,"
      " dest: \"{{var.root}}/etc/app.conf\" }\n");
  const std::vector<std::string> common = {"--env", "lab", "-v", "-v"};
  std::string said;
  const auto note = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), common.begin(), common.end());
    const Output run = fleet_.run(arguments);
    EXPECT_THAT(run.exit_code, testing::AnyOf(0, 6)) << run.all();
    said += run.all();
  };
  note({"plan"});
  note({"deploy", "-y"});
  EXPECT_EQ(host().read("etc/token"), std::string("token=") + kSecret + "\n");
  EXPECT_EQ(host().tree().at("etc/app.key").substr(0, 4), "0600");
  fleet_.write("app.key", std::string(kOther) + "2\n", 0600);
  fleet_.write(".env", std::string("API_TOKEN=") + kSecret + "-new\n", 0600);
  note({"plan", "-o", "json"});
  note({"deploy", "-y", "-o", "jsonl"});
  note({"status", "--drift", "-o", "json"});
  note({"history", "-o", "json"});
  for (const auto& entry : fs::directory_iterator(fleet_.results_file().parent_path())) {
    said += read_file(entry.path());
  }
  for (FleetHost& each : fleet_.hosts()) said += each.server->log();
  EXPECT_THAT(said, HasSubstr("etc/app.key"));
  EXPECT_THAT(said, Not(HasSubstr(kSecret)));
  EXPECT_THAT(said, Not(HasSubstr(kOther)));
}

/// Stands in for sudo on the hosts: asks for a password like the real one, notes each use.
constexpr const char* kFakeSudo = R"(#!/bin/sh
prompt='[sudo] password: '
stdin=no
while :; do
  case $1 in
    -n) interactive=no; shift ;;
    -S) stdin=yes; shift ;;
    -p) prompt=$2; shift 2 ;;
    -k | -H | -E) shift ;;
    --) shift; break ;;
    -*) echo "sudo: unknown option $1" >&2; exit 1 ;;
    *) break ;;
  esac
done
if [ -n "$FAKE_SUDO_PASSWORD" ]; then
  if [ $stdin = no ]; then echo 'sudo: a password is required' >&2; exit 1; fi
  printf %s "$prompt" >&2
  IFS= read -r given
  if [ "$given" != "$FAKE_SUDO_PASSWORD" ]; then
    echo 'sudo: 1 incorrect password attempt' >&2; exit 1
  fi
fi
echo used >> "$FAKE_SUDO_LOG"
exec "$@"
)";

std::unique_ptr<Fleet> become_fleet(const TempDir& dir, const std::string& password) {
  fs::create_directories(dir.path() / "bin");
  write_file(dir.path() / "bin/sudo", kFakeSudo, 0755);
  FleetOptions options;
  options.hosts = 2;
  options.become = "sudo";
  options.ssh_environment = {{"PATH", (dir.path() / "bin").string() + ":/usr/bin:/bin"},
                             {"FAKE_SUDO_LOG", dir / "used"}};
  if (!password.empty()) options.ssh_environment["FAKE_SUDO_PASSWORD"] = password;
  auto fleet = std::make_unique<Fleet>(options);
  fleet->write_project(std::string(kOneWave) + web_service("one"));
  return fleet;
}

TEST(Become, SudoWithoutAPassword) {
  const TempDir dir;
  const auto fleet = become_fleet(dir, "");
  const Output run = fleet->json({"deploy", "-y"});
  EXPECT_EQ(run.exit_code, 0) << run.all();
  EXPECT_NE(read_file(dir / "used"), "");
  EXPECT_EQ(fleet->host(0).read("etc/app.conf"), "one\n");
}

TEST(Become, SudoThatWantsAPasswordWithoutATerminalSaysWhatToDo) {
  const TempDir dir;
  const auto fleet = become_fleet(dir, "open sesame");
  const Output run = fleet->json({"deploy", "-y"});
  EXPECT_NE(run.exit_code, 0) << run.all();
  EXPECT_THAT(run.out + run.err, HasSubstr("sudo"));
  EXPECT_THAT(run.out + run.err, HasSubstr("password"));
  EXPECT_THAT(fleet->host(0).tree(), testing::IsEmpty());
}

TEST(Become, RealSudoOfThisMachine) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root, for whom sudo asks no password";
  FleetOptions options;
  options.become = "sudo";
  Fleet fleet(options);
  fleet.write_project(std::string(kOneWave) + web_service("one"));
  const Output run = fleet.json({"deploy", "-y"});
  EXPECT_EQ(run.exit_code, 0) << run.all();
  EXPECT_EQ(fleet.host(0).read("etc/app.conf"), "one\n");
}

}  // namespace
}  // namespace gannet::test
