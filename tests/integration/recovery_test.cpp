// What happens when somebody dies in the middle: the agent at each journalled step, the
// controller before it could commit, the host's own sshd.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/projects.h"
#include "tests/support/fleet.h"

namespace gannet::test {
namespace {

namespace fs = std::filesystem;

using Tree = std::map<std::string, std::string>;

/// Which agent of a deployment is killed: the first prepares and applies, the second commits over
/// the new connection.
enum class Victim { kApply = 1, kCommit = 2 };

class KilledAgent : public testing::Test {
 protected:
  KilledAgent() : fleet_({.hosts = 1, .session_scripts = true}) {
    for (const char* version : {"one", "two"}) {
      write_version(version);
      const Output run = fleet_.json({"deploy", "-y"});
      EXPECT_EQ(run.exit_code, 0) << run.all();
      trees_[version] = host().tree();
    }
    EXPECT_NE(trees_["one"], trees_["two"]);
  }

  FleetHost& host() { return fleet_.host(0); }

  /// "two" changes the content and mode of a file of "one", removes another and adds a third.
  void write_version(const std::string& version) {
    const bool one = version == "one";
    const std::string root = "\"{{var.root}}/etc/";
    fleet_.write_project(
        std::string(kOneWave) + "services:\n  web:\n    files:\n      - { content: \"" + version +
        "\\n\", mode: \"" + (one ? "0640" : "0600") + "\", dest: " + root + "app.conf\" }\n" +
        "      - { content: \"only " + version + "\\n\", dest: " + root + version +
        "/only.conf\" }\n"
        "    before: \"true\"\n    after: \"true\"\n"
        "    health: { checks: [ { file: \"{{var.root}}/etc/app.conf\" } ], stable_for: 50ms }\n");
  }

  void arm(Victim victim, int step) {
    fs::remove(host().dir / "count");
    fs::remove(host().dir / "steps");
    const std::string dir = host().dir;
    host().set_session_script("case \"$SSH_ORIGINAL_COMMAND\" in *serve*)\n  n=$(cat " + dir +
                              "/count 2>/dev/null || echo 0)\n  n=$((n + 1))\n  echo $n > " + dir +
                              "/count\n  if [ $n = " + std::to_string(static_cast<int>(victim)) +
                              " ]; then\n    export GANNET_TEST_KILL_AT=" + std::to_string(step) +
                              " GANNET_TEST_STEPS_FILE=" + dir + "/steps\n  fi ;;\nesac");
  }

  int steps_passed() {
    const std::string steps = read_file(host().dir / "steps");
    return static_cast<int>(std::count(steps.begin(), steps.end(), '\n'));
  }

  /// Contacts the host once more; where its transaction still waits for a commit that never comes,
  /// once again when the watchdog's time is over.
  void contact() {
    host().set_session_script(":");
    const Output status = fleet_.json({"status"});
    EXPECT_EQ(status.exit_code, 0) << status.all();
    if (host().journal().empty()) return;
    host().set_session_script("export GANNET_TEST_CLOCK_OFFSET_MS=120000");
    const Output later = fleet_.json({"status"});
    EXPECT_EQ(later.exit_code, 0) << later.all();
  }

  /// Kills the victim at each step in turn; returns how many steps there were.
  int kill_at_each_step(Victim victim) {
    std::string current = "two";
    std::string next = "one";
    for (int step = 1;; ++step) {
      write_version(next);
      arm(victim, step);
      const Output run = fleet_.json({"deploy", "-y"});
      const bool killed = steps_passed() >= step;
      SCOPED_TRACE("step " + std::to_string(step) + ": " + read_file(host().dir / "steps") +
                   run.all());
      contact();
      EXPECT_THAT(host().journal(), testing::IsEmpty());
      const Tree tree = host().tree();
      EXPECT_TRUE(tree == trees_[current] || tree == trees_[next]) << testing::PrintToString(tree);
      // Once the journal says "applied" the release is whole and healthy: the controller that lost
      // its link may still commit it.
      const bool was_applied = read_file(host().dir / "steps").ends_with("journal applied\n");
      if (killed && victim == Victim::kApply && !was_applied) {
        EXPECT_EQ(tree, trees_[current]);
        EXPECT_NE(run.exit_code, 0);
      }
      if (run.exit_code == 0) {
        EXPECT_EQ(tree, trees_[next]);
      }
      if (run.exit_code == 3) {
        EXPECT_EQ(tree, trees_[current]);
      }
      if (!killed) return step - 1;
      if (HasFailure()) return step;
      if (tree == trees_[next]) std::swap(current, next);
    }
  }

  Fleet fleet_;
  std::map<std::string, Tree> trees_;
};

TEST_F(KilledAgent, AtEachStepOfApplyLeavesTheOldReleaseAfterTheNextContact) {
  EXPECT_GT(kill_at_each_step(Victim::kApply), 5);
}

TEST_F(KilledAgent, AtEachStepOfCommitLeavesOneReleaseWhole) {
  EXPECT_GT(kill_at_each_step(Victim::kCommit), 1);
}

TEST_F(KilledAgent, NextDeployRepairsAndGoesOut) {
  write_version("one");
  arm(Victim::kApply, 5);
  const Output killed = fleet_.json({"deploy", "-y"});
  ASSERT_NE(killed.exit_code, 0) << killed.all();
  host().set_session_script(":");

  const Output run = fleet_.json({"deploy", "-y"});

  EXPECT_EQ(run.exit_code, 0) << run.all();
  EXPECT_EQ(host().tree(), trees_["one"]);
}

constexpr std::chrono::seconds kWatchdog{3};

/// One host on which "one" is in force; `second` is written but not yet deployed.
class LostController : public testing::Test {
 protected:
  LostController()
      : fleet_({.hosts = 1, .session_scripts = true, .config_lines = {"PidFile @DIR@/sshd.pid"}}) {
    write_version("one", "");
    const Output run = fleet_.json({"deploy", "-y"});
    EXPECT_EQ(run.exit_code, 0) << run.all();
    before_ = host().tree();
  }

  FleetHost& host() { return fleet_.host(0); }

  void write_version(const std::string& version, const std::string& more) {
    fleet_.write_project("strategy: { watchdog: " + std::to_string(kWatchdog.count()) + "s }\n" +
                         web_service(version, more));
  }

  Fleet fleet_;
  Tree before_;
};

TEST_F(LostController, WatchdogRestoresInTimeWithNobodyConnected) {
  write_version("two", "");
  const std::string seen = host().dir / "commit-session";
  host().set_session_script("case \"$SSH_ORIGINAL_COMMAND\" in *serve*)\n  if [ -e " +
                            (host().dir / "first").string() + " ]; then touch " + seen +
                            "; exec sleep 1000; fi\n  touch " + (host().dir / "first").string() +
                            " ;;\nesac");
  const auto gannet = fleet_.start({"deploy", "-y"});
  wait_until(
      "the session that would commit", [&] { return fs::exists(seen); }, std::chrono::seconds(30));
  EXPECT_EQ(host().read("etc/app.conf"), "two\n");
  EXPECT_THAT(host().journal(), testing::SizeIs(1));

  gannet->signal(SIGKILL);
  EXPECT_EQ(gannet->wait().exit_code, 128 + SIGKILL);
  host().server->kill_sessions();
  host().server->stop_listening();

  wait_until(
      "the watchdog to restore", [&] { return host().journal().empty(); },
      kWatchdog + std::chrono::seconds(10));
  EXPECT_EQ(host().tree(), before_);

  host().set_session_script(":");
  host().server->restart();
  const Output status = fleet_.json({"status"});
  EXPECT_EQ(status.exit_code, 0) << status.all();
  const Output again = fleet_.json({"deploy", "-y"});
  EXPECT_EQ(again.exit_code, 0) << again.all();
  EXPECT_EQ(host().read("etc/app.conf"), "two\n");
}

TEST_F(LostController, ReleaseThatBreaksSshdRollsBack) {
  write_version("two", "    after: \"xargs kill < " + (host().dir / "sshd.pid").string() + "\"\n");

  const Output run = fleet_.json({"deploy", "-y", "--timeout", "2s"});

  EXPECT_EQ(run.exit_code, 3) << run.all();
  EXPECT_EQ(outcome(run, "h1"), "rolled-back");
  wait_until(
      "the old release", [&] { return host().journal().empty(); },
      kWatchdog + std::chrono::seconds(10));
  EXPECT_EQ(host().tree(), before_);

  write_version("one", "");
  host().server->restart();
  const Output again = fleet_.json({"deploy", "-y"});
  EXPECT_EQ(again.exit_code, 0) << again.all();
  EXPECT_EQ(outcome(again, "h1"), "unchanged");
}

}  // namespace
}  // namespace gannet::test
