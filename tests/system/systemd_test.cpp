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

TEST_F(Unit, ThatSystemdRestartedOnceIsTakenBackWithTheExactReason) {
  write_version(kGoodScript, false);
  ASSERT_EQ(fleet().json({"deploy", "-y", "--tag", "v1"}).exit_code, 0);
  // It fails the first time only: afterwards it looks as if nothing had been.
  fleet().write("run.sh",
                "#!/bin/sh\nif mkdir /run/app-was-here; then sleep 1; exit 7; fi\n"
                "exec sleep 1000000\n",
                0755);
  fleet().write("units/app.service",
                "[Service]\nExecStart=/srv/app/run.sh\nRestart=always\nRestartSec=100ms\n"
                "[Install]\nWantedBy=multi-user.target\n");
  const Output run = fleet().json({"deploy", "-y", "--tag", "v2"});
  EXPECT_EQ(run.exit_code, 3) << run.all();
  EXPECT_THAT(reason(run, "h1"), testing::AnyOf(testing::HasSubstr("systemd restarted it once"),
                                                testing::HasSubstr("waits for its restart")));
  EXPECT_THAT(reason(run, "h1"), testing::HasSubstr("status")) << run.all();
  EXPECT_EQ(property("ActiveState"), "active");
}

TEST_F(Unit, WhoseInstallSectionChangesIsEnabledAnewAndBack) {
  const auto write_target = [this](const std::string& target, const std::string& script) {
    write_version(script, true);
    fleet().write("units/app.service",
                  "[Service]\nExecStart=/srv/app/run.sh\n[Install]\nWantedBy=" + target + "\n");
  };
  const std::string old_link = "/etc/systemd/system/multi-user.target.wants/app.service";
  const std::string new_link = "/etc/systemd/system/network-online.target.wants/app.service";
  write_target("multi-user.target", kGoodScript);
  ASSERT_EQ(fleet().json({"deploy", "-y", "--tag", "v1"}).exit_code, 0);
  ASSERT_TRUE(host().has(old_link));

  write_target("network-online.target", kDyingScript);
  const Output bad = fleet().json({"deploy", "-y", "--tag", "v2"});
  EXPECT_EQ(bad.exit_code, 3) << bad.all();
  EXPECT_TRUE(host().has(old_link));
  EXPECT_FALSE(host().has(new_link));

  write_target("network-online.target", kGoodScript);
  const Output plan = fleet().json({"plan"});
  EXPECT_THAT(plan.out, testing::HasSubstr("reenable app.service")) << plan.all();
  const Output run = fleet().json({"deploy", "-y", "--tag", "v3"});
  EXPECT_EQ(run.exit_code, 0) << run.all();
  EXPECT_FALSE(host().has(old_link));
  EXPECT_TRUE(host().has(new_link));
  EXPECT_EQ(enabled(), "enabled\n");
}

TEST_F(Unit, OfTheHostIsNeitherEnabledNorEndedWithItsDropIn) {
  host().write("/etc/systemd/system/own.service",
               "[Service]\nExecStart=/bin/sleep 1000000\n[Install]\nWantedBy=multi-user.target\n");
  host().sh("systemctl daemon-reload && systemctl start own.service");
  const auto write_drop_in = [this](const std::string& more) {
    fleet().write(
        "own.service.d/from.conf",
        "[Service]\nEnvironment=FROM=drop-in\n[Install]\nWantedBy=network-online.target\n");
    fleet().write("app.conf", "one\n");
    fleet().write_project(
        "strategy: { watchdog: 30s }\nservices:\n  app:\n"
        "    files: [ { src: app.conf, dest: /srv/app.conf } ]\n" +
        more + "    health: { checks: [], stable_for: 500ms, timeout: 20s }\n");
  };
  const auto ask = [this](const std::string& name) {
    return host().sh("systemctl show --value -p " + name + " own.service");
  };
  // Of the process, not of what systemd would start now.
  const auto from = [&] {
    return host().sh("tr '\\0' '\\n' < /proc/" + ask("MainPID") + "/environ | grep ^FROM= || true");
  };
  write_drop_in("    systemd: { drop_ins: [own.service.d/from.conf] }\n");
  const Output first = fleet().json({"deploy", "-y", "--tag", "v1"});
  ASSERT_EQ(first.exit_code, 0) << first.all();
  EXPECT_EQ(from(), "FROM=drop-in");
  EXPECT_EQ(ask("ActiveState"), "active");
  EXPECT_EQ(ask("UnitFileState"), "disabled");

  write_drop_in("");
  const Output second = fleet().json({"deploy", "-y", "--tag", "v2"});
  ASSERT_EQ(second.exit_code, 0) << second.all();
  EXPECT_EQ(from(), "");
  EXPECT_EQ(ask("ActiveState"), "active");
  EXPECT_EQ(ask("UnitFileState"), "disabled");
  EXPECT_FALSE(host().has("/etc/systemd/system/own.service.d/from.conf"));
}

/// Started by systemd with the socket as its descriptor 3.
constexpr const char* kSocketProgram =
    "#!/usr/bin/perl\nopen(my $socket, '+<&=3') or die;\n"
    "while (accept(my $peer, $socket)) { print $peer \"VERSION\\n\"; close $peer; }\n";

TEST_F(Unit, ThatASocketStartsListensWhereTheReleaseSays) {
  const auto write_socket = [this](const std::string& version, const std::string& port) {
    std::string program = kSocketProgram;
    program.replace(program.find("VERSION"), 7, version);
    fleet().write("run.pl", program, 0755);
    fleet().write("units/app.service", "[Service]\nExecStart=/srv/app/run.pl\n");
    fleet().write("units/app.socket",
                  "[Socket]\nListenStream=" + port + "\n[Install]\nWantedBy=sockets.target\n");
    fleet().write_project(
        "strategy: { watchdog: 30s }\nservices:\n  app:\n"
        "    files: [ { src: run.pl, dest: /srv/app/run.pl } ]\n"
        "    systemd: { units: [units/app.socket, units/app.service] }\n"
        "    health: { checks: [], stable_for: 2s, timeout: 20s }\n");
  };
  const auto says = [this](const std::string& port) {
    return host()
        .run("timeout 5 bash -c 'exec 3<>/dev/tcp/127.0.0.1/" + port +
             "; head -n1 <&3' 2>/dev/null")
        .output;
  };
  write_socket("one", "7001");
  const Output first = fleet().json({"deploy", "-y", "--tag", "v1"});
  ASSERT_EQ(first.exit_code, 0) << first.all();
  EXPECT_EQ(says("7001"), "one\n");

  write_socket("two", "7002");
  const Output second = fleet().json({"deploy", "-y", "--tag", "v2"});
  ASSERT_EQ(second.exit_code, 0) << second.all();
  EXPECT_EQ(says("7002"), "two\n");
  EXPECT_EQ(says("7001"), "");

  write_socket("three", "22");  // somebody has that
  const Output third = fleet().json({"deploy", "-y", "--tag", "v3"});
  EXPECT_EQ(third.exit_code, 3) << third.all();
  EXPECT_THAT(reason(third, "h1"), testing::HasSubstr("app.socket"));
  EXPECT_EQ(says("7002"), "two\n");
  EXPECT_EQ(host().sh("systemctl is-active app.socket app.service"), "active\nactive");
}

/// A user who is not root: units of their own, which live without a session only with lingering.
class UserUnit : public SystemTest {
 protected:
  void prepare() override {
    host().sh(
        "useradd -m -s /bin/bash deploy && cp -r /root/.ssh /home/deploy/ && "
        "chown -R deploy: /home/deploy/.ssh");
    fleet().write_inventory({{"h1", "ssh: { user: deploy }"}});
    write_version("sleep 1000000");
  }
  void write_version(const std::string& command) {
    fleet().write_project(
        "strategy: { watchdog: 30s }\nservices:\n  app:\n"
        "    systemd: { exec: \"/bin/sh -c 'exec " +
        command +
        "'\", scope: user }\n"
        "    health: { checks: [], stable_for: 3s, timeout: 20s }\n");
  }
  [[nodiscard]] std::string property(const std::string& name) const {
    return host()
        .run(
            "runuser -u deploy -- env XDG_RUNTIME_DIR=/run/user/$(id -u deploy) systemctl --user "
            "show --value -p " +
            name + " app.service")
        .output;
  }
};

TEST_F(UserUnit, WantsLingeringAndGoesForwardBackAndThroughAReboot) {
  const Output refused = fleet().json({"deploy", "-y"});
  EXPECT_EQ(refused.exit_code, 5) << refused.all();
  EXPECT_THAT(reason(refused, "h1"), testing::HasSubstr("lingering is off for deploy"));
  EXPECT_THAT(refused.out, testing::HasSubstr("loginctl enable-linger deploy"));
  EXPECT_FALSE(host().has("/home/deploy/.config/systemd/user/app.service"));

  host().sh("loginctl enable-linger deploy");
  const Output first = fleet().json({"deploy", "-y", "--tag", "v1"});
  ASSERT_EQ(first.exit_code, 0) << first.all();
  EXPECT_EQ(property("ActiveState"), "active\n");
  EXPECT_EQ(property("UnitFileState"), "enabled\n");

  write_version("sleep 1; exit 3");
  const Output second = fleet().json({"deploy", "-y", "--tag", "v2"});
  EXPECT_EQ(second.exit_code, 3) << second.all();
  EXPECT_EQ(outcome(second, "h1"), "rolled-back");
  EXPECT_EQ(property("ActiveState"), "active\n");
  EXPECT_EQ(host()
                .run("pgrep -u deploy -x sleep -a")
                .output.substr(host().run("pgrep -u deploy -x sleep -a").output.find(' ') + 1),
            "sleep 1000000\n");

  host().order("crash");
  host().order("start");
  wait_until("the unit after the boot", [&] { return property("ActiveState") == "active\n"; });
}

}  // namespace
}  // namespace gannet::test
