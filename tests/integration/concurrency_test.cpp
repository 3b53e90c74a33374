// Two controllers at once, and a controller that is interrupted.
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
using testing::HasSubstr;

TEST(TwoControllers, OneWinsAndTheOtherSaysWhoHoldsTheHostSinceWhenAndWhy) {
  Fleet fleet({.hosts = 1});
  FleetHost& host = fleet.host(0);
  fleet.write_project(std::string(kOneWave) + web_service("first", wait_for_go()));
  const auto first = fleet.start({"deploy", "-y", "--tag", "v-first"});
  wait_until(
      "the first deployment to be at work", [&] { return host.has("started"); },
      std::chrono::seconds(30));
  fleet.write_project(std::string(kOneWave) + web_service("second"));
  fleet.set_environment("GANNET_STATE_DIR", fleet.project_dir() / "other-user");

  const Output second = fleet.json({"deploy", "-y"});

  EXPECT_EQ(second.exit_code, 1) << second.all();
  EXPECT_EQ(outcome(second, "h1"), "failed");
  EXPECT_THAT(reason(second, "h1"), HasSubstr(current_user() + "@"));
  EXPECT_THAT(reason(second, "h1"), HasSubstr("v-first"));
  EXPECT_THAT(reason(second, "h1"), testing::ContainsRegex("since 20[0-9-]+T[0-9:]+Z"));
  write_file(host.root / "go", "");
  const Output run = first->wait();
  EXPECT_EQ(run.exit_code, 0) << run.all();
  EXPECT_EQ(host.read("etc/app.conf"), "first\n");
}

TEST(TwoControllers, InstallTheAgentAtTheSameMoment) {
  Fleet fleet({.hosts = 3});
  const auto first = fleet.start({"exec", "--", "true"});
  const auto second = fleet.start({"exec", "--", "true"});
  const Output one = first->wait();
  const Output two = second->wait();
  EXPECT_EQ(one.exit_code, 0) << one.all();
  EXPECT_EQ(two.exit_code, 0) << two.all();
  for (const FleetHost& host : fleet.hosts()) {
    const fs::directory_iterator bin(host.state / "bin");
    EXPECT_EQ(std::distance(fs::begin(bin), fs::end(bin)), 1) << "left-overs in " << host.state;
  }
}

/// Twenty hosts with "one"; of "two", the wave of h8 to h11 waits in a hook.
class Interrupted : public testing::Test {
 protected:
  Interrupted() : fleet_({.hosts = 20}) {
    write_version("one", "");
    const Output run = fleet_.json({"deploy", "-y"});
    EXPECT_EQ(run.exit_code, 0) << run.all();
    for (FleetHost& host : fleet_.hosts()) before_.push_back(deployed_tree(host));
    for (std::size_t i = 0; i < 7; ++i) write_file(fleet_.host(i).root / "go", "");
    write_version("two", wait_for_go());
  }

  void write_version(const std::string& version, const std::string& more) {
    fleet_.write_project("strategy: { watchdog: 60s, canary: 1, batch: 5 }\n" +
                         web_service(version, more));
  }

  Output interrupt() {
    const auto gannet = fleet_.start({"deploy", "-y", "-o", "json"});
    for (const std::size_t i : {7U, 8U, 9U, 10U}) {
      wait_until(
          "the third wave", [&] { return fleet_.host(i).has("started"); },
          std::chrono::seconds(60));
    }
    gannet->signal(SIGINT);
    return gannet->wait();
  }

  Fleet fleet_;
  std::vector<std::map<std::string, std::string>> before_;
};

TEST_F(Interrupted, NoHostIsHalfChangedAndResumeFinishesTheRest) {
  const Output run = interrupt();

  EXPECT_EQ(run.exit_code, 130) << run.all();
  EXPECT_EQ(run.json().at("hosts").size(), 20U);
  for (std::size_t i = 0; i < 20; ++i) {
    FleetHost& host = fleet_.host(i);
    wait_until(
        "the agent to put back what it began", [&] { return host.journal().empty(); },
        std::chrono::seconds(20));
    if (outcome(run, host.name) == "deployed") {
      EXPECT_EQ(host.read("etc/app.conf"), "two\n") << host.name;
    } else {
      EXPECT_EQ(deployed_tree(host), before_[i]) << host.name;
    }
  }
  EXPECT_EQ(outcome(run, "h1"), "deployed");
  EXPECT_EQ(outcome(run, "h20"), "skipped");

  for (const FleetHost& host : fleet_.hosts()) write_file(host.root / "go", "");
  const Output resumed = fleet_.json({"resume", "-y"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.all();
  for (const FleetHost& host : fleet_.hosts()) EXPECT_EQ(host.read("etc/app.conf"), "two\n");
}

TEST_F(Interrupted, RunIsInTheHistory) {
  const Output run = interrupt();
  ASSERT_EQ(run.exit_code, 130) << run.all();
  const std::string id = run.json().at("run");

  const Output history = fleet_.json({"history", id});

  EXPECT_EQ(history.exit_code, 0) << history.all();
  EXPECT_EQ(history.json().at("hosts").size(), 20U);
  EXPECT_EQ(outcome(history, "h20"), "skipped");
}

}  // namespace
}  // namespace gannet::test
