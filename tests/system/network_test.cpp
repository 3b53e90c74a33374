// Releases that cut the host off, and networks that do it: the host goes back by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/system_fleet.h"

namespace gannet::test {
namespace {

constexpr const char* kFolder = "/srv/app";
constexpr std::chrono::seconds kWatchdog{5};
constexpr std::chrono::seconds kLate{15};  // for a restore, beyond its deadline, on a busy machine

using Tree = std::map<std::string, std::string>;

/// One host on which "v1" is in force.
class CutOff : public SystemTest {
 protected:
  void write_version(const std::string& version, const std::string& script,
                     const std::string& stable_for = "50ms") {
    fleet().write("apply.sh", "# " + version + "\n" + script + "\n", 0755);
    fleet().write_project("strategy: { watchdog: " + std::to_string(kWatchdog.count()) +
                          "s }\nservices:\n  app:\n    files: [ { src: apply.sh, dest: " + kFolder +
                          "/apply.sh } ]\n    after: " + kFolder +
                          "/apply.sh\n    health: { checks: [ { file: " + kFolder +
                          "/apply.sh } ], stable_for: " + stable_for + ", timeout: 20s }\n");
  }

  void deploy_first(const std::string& script) {
    write_version("v1", script);
    const Output run = fleet().json({"deploy", "-y", "--tag", "v1"});
    ASSERT_EQ(run.exit_code, 0) << run.all();
    before_ = host().tree(kFolder);
  }

  void expect_first_release_in_force() {
    EXPECT_EQ(host().tree(kFolder), before_);
    EXPECT_THAT(host().journal(), testing::IsEmpty());
    const Output status = fleet().json({"status", "--drift"});
    EXPECT_EQ(status.exit_code, 0) << status.all();
    const auto service = host_entry(status, "h1").at("services").at(0);
    EXPECT_EQ(service.at("kept").size(), 1U) << status.all();
    EXPECT_EQ(service.at("kept").at(0).at("tag"), "v1");
    EXPECT_EQ(service.at("kept").at(0).at("release"), service.at("current"));
    EXPECT_TRUE(service.at("drift").empty()) << status.all();
  }

  Tree before_;
};

TEST_F(CutOff, LongerThanTheWatchdogMeansTheOldReleaseAndStatusSaysSo) {
  deploy_first("true");
  write_version("v2", "true", "2s");
  const auto gannet = fleet().start({"-o", "json", "deploy", "-y", "--tag", "v2"});
  wait_until(
      "the new release", [&] { return host().tree(kFolder) != before_; }, std::chrono::seconds(30));

  host().order("cut");
  wait_until(
      "the watchdog", [&] { return host().journal().empty(); },
      std::chrono::seconds(2) + kWatchdog + kLate);
  EXPECT_EQ(host().tree(kFolder), before_);

  host().order("mend");
  const Output run = gannet->wait();
  EXPECT_EQ(run.exit_code, 3) << run.all();
  EXPECT_EQ(outcome(run, "h1"), "rolled-back") << run.all();
  expect_first_release_in_force();
  const Output status = fleet().json({"status"});
  const auto recovery = host_entry(status, "h1").at("last_recovery");
  EXPECT_EQ(recovery.at("reason"), "watchdog expired") << status.all();
  EXPECT_EQ(recovery.at("healthy"), true);
  EXPECT_EQ(recovery.at("transaction"), host_entry(run, "h1").at("transaction"));

  const Output again = fleet().json({"deploy", "-y", "--tag", "v2"});
  EXPECT_EQ(again.exit_code, 0) << again.all();
}

struct Break {
  std::string name;
  std::string right;  ///< shell code of the release that can be reached
  std::string wrong;

  friend std::ostream& operator<<(std::ostream& out, const Break& one) { return out << one.name; }
};

class BreaksItsLink : public CutOff, public testing::WithParamInterface<Break> {};

INSTANTIATE_TEST_SUITE_P(
    Release, BreaksItsLink,
    testing::Values(Break{"Sshd", "systemctl start ssh", "systemctl stop ssh"},
                    Break{"Firewall", "iptables -F INPUT",
                          "iptables -A INPUT -p tcp --dport 22 -j DROP"},
                    Break{"Address", "ip addr flush dev eth0; ip addr add 10.77.0.11/24 dev eth0",
                          "ip addr flush dev eth0; ip addr add 10.77.0.99/24 dev eth0"}),
    [](const auto& instance) { return instance.param.name; });

TEST_P(BreaksItsLink, IsTakenBackWithinTheDeadline) {
  deploy_first(GetParam().right);
  write_version("v2", GetParam().wrong);

  const Output run = fleet().json({"deploy", "-y", "--tag", "v2", "--timeout", "2s"});

  EXPECT_EQ(run.exit_code, 3) << run.all();
  EXPECT_EQ(outcome(run, "h1"), "rolled-back") << run.all();
  EXPECT_LT(run.elapsed, kWatchdog + kLate);
  expect_first_release_in_force();
}

}  // namespace
}  // namespace gannet::test
