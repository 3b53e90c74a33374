// Units on real hosts: a release that starts and dies later.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/system_fleet.h"

namespace gannet::test {
namespace {

constexpr const char* kGoodScript = "#!/bin/sh\nexec sleep 1000000\n";
constexpr const char* kDyingScript =
    "#!/bin/sh\nsleep 3\necho 'cannot open the sensor' >&2\nexit 7\n";

class Unit : public SystemTest {
 protected:
  void write_version(const std::string& script, bool enable) {
    fleet().write("run.sh", script, 0755);
    fleet().write("units/app.service",
                  "[Unit]\nDescription=A service of the tests\n[Service]\n"
                  "ExecStart=/srv/app/run.sh\n[Install]\nWantedBy=multi-user.target\n");
    fleet().write_project(
        "strategy: { watchdog: 30s }\nservices:\n  app:\n"
        "    files: [ { src: run.sh, dest: /srv/app/run.sh } ]\n"
        "    systemd: { units: [units/app.service], enable: " +
        std::string(enable ? "true" : "false") +
        " }\n    health: { checks: [], stable_for: 5s, timeout: 20s }\n");
  }

  [[nodiscard]] std::string enabled() const {
    return host().run("systemctl is-enabled app.service 2>/dev/null").output;
  }
  [[nodiscard]] std::string property(const std::string& name) const {
    return host().sh("systemctl show --value -p " + name + " app.service");
  }
};

TEST_F(Unit, ThatDiesWhileItHasToBeStableIsTakenBackWithItsJournalShown) {
  write_version(kGoodScript, false);
  const Output first = fleet().json({"deploy", "-y", "--tag", "v1"});
  ASSERT_EQ(first.exit_code, 0) << first.all();
  ASSERT_EQ(property("ActiveState"), "active");
  ASSERT_EQ(enabled(), "disabled\n");
  const auto before = host().tree("/srv");

  write_version(kDyingScript, true);
  const Output run = fleet().json({"deploy", "-y", "--tag", "v2"});

  EXPECT_EQ(run.exit_code, 3) << run.all();
  EXPECT_EQ(outcome(run, "h1"), "rolled-back");
  EXPECT_THAT(run.out, testing::HasSubstr("cannot open the sensor")) << run.all();
  EXPECT_THAT(reason(run, "h1"), testing::HasSubstr("app.service"));
  EXPECT_EQ(host().tree("/srv"), before);
  EXPECT_EQ(property("ActiveState"), "active");
  EXPECT_EQ(property("NRestarts"), "0");
  EXPECT_EQ(enabled(), "disabled\n");
  EXPECT_THAT(host().sh("cat /proc/" + property("MainPID") + "/comm"), "sleep");
}

TEST_F(Unit, ThatIsNewAndDiesIsGoneAfterwards) {
  write_version(kDyingScript, true);
  const Output run = fleet().json({"deploy", "-y"});

  EXPECT_EQ(run.exit_code, 3) << run.all();
  EXPECT_FALSE(host().has("/etc/systemd/system/app.service"));
  EXPECT_FALSE(host().has("/etc/systemd/system/multi-user.target.wants/app.service"));
  EXPECT_FALSE(host().has("/srv/app/run.sh"));
  EXPECT_EQ(property("LoadState"), "not-found");
  EXPECT_EQ(property("ActiveState"), "inactive");
  EXPECT_EQ(host().sh("systemctl --failed --plain --no-legend"), "");
}

}  // namespace
}  // namespace gannet::test
