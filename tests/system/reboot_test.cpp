// A release that restarts its host on purpose.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/system_fleet.h"

namespace gannet::test {
namespace {

class PlannedReboot : public SystemTest {
 protected:
  void write_version(const std::string& version, const std::string& reboot) {
    fleet().write_project(
        "strategy: { watchdog: 30s }\nservices:\n  app:\n"
        "    files: [ { content: \"" +
        version +
        "\\n\", dest: /srv/app/app.conf } ]\n"
        "    systemd: { exec: \"/bin/sleep 1000000\" }\n"
        "    after: \"echo linux-image > /run/reboot-required\"\n"
        "    reboot: " +
        reboot + "\n    health: { checks: [], stable_for: 500ms, timeout: 30s }\n");
  }
};

TEST_F(PlannedReboot, InsideAReleaseIsNoFailureAndHappensOnce) {
  write_version("v1", "never");
  const Output first = fleet().json({"deploy", "-y", "--tag", "v1"});
  ASSERT_EQ(first.exit_code, 0) << first.all();
  const std::string boot = host().boot_id();

  write_version("v2", "when-needed");
  const Output run = fleet().json({"deploy", "-y", "--tag", "v2"});

  EXPECT_EQ(run.exit_code, 0) << run.all();
  EXPECT_EQ(outcome(run, "h1"), "deployed");
  EXPECT_NE(host().boot_id(), boot);
  EXPECT_EQ(host().read("/srv/app/app.conf"), "v2\n");
  EXPECT_EQ(host().sh("systemctl is-active app.service"), "active");
  EXPECT_THAT(host().journal(), testing::IsEmpty());

  const std::string second_boot = host().boot_id();
  const Output again = fleet().json({"deploy", "-y", "--tag", "v3"});
  EXPECT_EQ(again.exit_code, 0) << again.all();
  EXPECT_EQ(outcome(again, "h1"), "unchanged");
  EXPECT_EQ(host().boot_id(), second_boot);
}

}  // namespace
}  // namespace gannet::test
