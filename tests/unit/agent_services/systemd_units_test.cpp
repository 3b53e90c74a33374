// What a release does with its units, and when they are healthy.
#include "agent/core/health_gate.h"
#include "agent/services/unit_actions.h"
#include "tests/unit/agent_services/systemd_fixture.h"

namespace gannet::agent {
namespace {

using protocol::Severity;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(SystemdUnitsTest, WhatRunsAsItShouldIsLeftAlone) {
  machine_["collector.service"] = running();
  EXPECT_THAT(plan({}, &release_), IsEmpty());
  EXPECT_TRUE(units_.activate(change({}, &release_), {}, nobody_).has_value());
  EXPECT_THAT(done(), IsEmpty());
}

TEST_F(SystemdUnitsTest, ANewUnitIsEnabledAndStarted) {
  machine_["collector.service"] = absent();
  EXPECT_THAT(plan({kUnitFile}, nullptr),
              ElementsAre(PlannedAction{"enable collector.service", "it does not start at boot"},
                          PlannedAction{"start collector.service", "it is new"}));
  // Its file is there now, and nothing else has changed.
  machine_["collector.service"] = inactive({{"UnitFileState", "disabled"}});
  ASSERT_TRUE(units_.activate(change({kUnitFile}, nullptr), {}, nobody_).has_value());
  EXPECT_THAT(done(),
              ElementsAre("systemctl daemon-reload", "systemctl enable -- collector.service",
                          "systemctl start -- collector.service"));
}

TEST_F(SystemdUnitsTest, ThePlanNamesWhatChangesByItsRole) {
  machine_["collector.service"] = running();
  const auto why = [this](const std::string& path) {
    const auto actions = plan({path}, &release_);
    return actions.size() == 1 ? actions[0].what + ": " + actions[0].why : "";
  };
  EXPECT_EQ(why(kUnitFile), "restart collector.service: unit file " + kUnitFile + " changes");
  EXPECT_EQ(why("/etc/collector.env"),
            "restart collector.service: environment file /etc/collector.env changes");
  EXPECT_EQ(why("/opt/collector/bin"),
            "restart collector.service: program /opt/collector/bin changes");
  EXPECT_EQ(why("/opt/collector/rules"), "restart collector.service: /opt/collector/rules changes");
  EXPECT_EQ(why("/etc/collector.toml"), "reload collector.service: /etc/collector.toml changes");
  EXPECT_EQ(why("/etc/other"), "");
}

TEST_F(SystemdUnitsTest, TheUnitItselfSaysWhatItsFilesAre) {
  unit().restart_on = {"/srv/settings", "/srv/run"};
  machine_["collector.service"] =
      with(running(), {{"EnvironmentFiles", "/srv/settings (ignore_errors=no)"},
                       {"ExecStart", "{ path=/srv/run ; argv[]=/srv/run -v ; pid=7 }"}});
  const auto actions = plan({"/srv/settings", "/srv/run"}, &release_);
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(actions[0].why, "program /srv/run, environment file /srv/settings change");
}

TEST_F(SystemdUnitsTest, ARestartOutweighsAReloadAndWhoCannotReloadIsRestarted) {
  machine_["collector.service"] = running();
  EXPECT_EQ(plan({"/etc/collector.toml", "/etc/collector.env"}, &release_)[0].what,
            "restart collector.service");
  machine_["collector.service"]["CanReload"] = "no";
  const auto actions = plan({"/etc/collector.toml"}, &release_);
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(actions[0], (PlannedAction{"restart collector.service",
                                       "/etc/collector.toml changes, and it cannot reload"}));
}

TEST_F(SystemdUnitsTest, EnabledAndRunningAreBroughtAboutBothWays) {
  unit().enable = false;
  unit().running = false;
  machine_["collector.service"] = running();
  EXPECT_THAT(plan({}, &release_),
              ElementsAre(PlannedAction{"disable collector.service", "it starts at boot"},
                          PlannedAction{"stop collector.service", "it runs"}));
  unit().running = true;
  machine_["collector.service"] =
      with(inactive(),
           {{"ActiveState", "failed"}, {"UnitFileState", "static"}, {"Result", "exit-code"}});
  EXPECT_THAT(plan({}, &release_),
              ElementsAre(PlannedAction{"start collector.service", "it has failed (exit-code)"}));
}

TEST_F(SystemdUnitsTest, AOneshotThatDidItsWorkIsDoneAgainForAReasonOnly) {
  machine_["collector.service"] = inactive({{"Type", "oneshot"}});
  EXPECT_THAT(plan({}, &release_), IsEmpty());
  EXPECT_EQ(plan({kUnitFile}, &release_)[0].what, "start collector.service");
  EXPECT_EQ(health().severity, Severity::kPass);
}

TEST_F(SystemdUnitsTest, WhatATimerStartsIsNotStopped) {
  unit().running = false;
  unit().enable = false;
  machine_["collector.service"] = with(running(), {{"UnitFileState", "static"},
                                                   {"Type", "oneshot"},
                                                   {"ActiveState", "activating"},
                                                   {"TriggeredBy", "collector.timer"}});
  EXPECT_THAT(plan({kUnitFile}, &release_), IsEmpty());
  EXPECT_EQ(health().severity, Severity::kPass) << health().message;
}

TEST_F(SystemdUnitsTest, FilesNewerThanWhatSystemdReadAreReadAnew) {
  machine_["collector.service"] = with(running(), {{"NeedDaemonReload", "yes"}});
  EXPECT_THAT(plan({}, &release_),
              ElementsAre(PlannedAction{"daemon-reload for collector.service",
                                        "its files are newer than what systemd has read"}));
  ASSERT_TRUE(units_.activate(change({}, &release_), {}, nobody_).has_value());
  EXPECT_THAT(done(), ElementsAre("systemctl daemon-reload"));
}

TEST_F(SystemdUnitsTest, AStartThatFailsTellsItsJournal) {
  machine_["collector.service"] = inactive();
  tools_.expect("systemctl start", failed(1, "Job for collector.service failed.\n"));
  const auto outcome = units_.activate(change({}, &release_), {}, nobody_);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().error.context,
            "start collector.service: exit code 1: Job for collector.service failed.");
  EXPECT_THAT(outcome.error().last_lines,
              ElementsAre("2026-11-23T10:00:00+0000 pi4 collector[7]: no bus"));
}

TEST_F(SystemdUnitsTest, ASocketIsRestartedWithTheServiceThatHoldsIt) {
  unit().name = "collector.socket";
  machine_["collector.socket"] = with(running(), {{"Triggers", "collector.service"}});
  machine_["collector.service"] = running();
  ASSERT_TRUE(units_.activate(change({kUnitFile}, &release_), {}, nobody_).has_value());
  EXPECT_THAT(done(), ElementsAre("systemctl daemon-reload", "systemctl stop -- collector.service",
                                  "systemctl restart -- collector.socket",
                                  "systemctl start -- collector.service"));
}

TEST_F(SystemdUnitsTest, HealthIsWhatSystemdSays) {
  machine_["collector.service"] = running();
  EXPECT_EQ(health().severity, Severity::kPass);
  EXPECT_EQ(health().message, "active (running)");
  EXPECT_EQ(health().name, "collector.service");

  machine_["collector.service"] =
      with(running(), {{"ActiveState", "activating"}, {"SubState", "start"}});
  EXPECT_EQ(health().message, "activating (start)");
  EXPECT_EQ(value_of(health(), kFinal), "(none)");
  EXPECT_EQ(health().severity, Severity::kFail);

  machine_["collector.service"] = with(running(), {{"ActiveState", "failed"},
                                                   {"SubState", "failed"},
                                                   {"Result", "exit-code"},
                                                   {"ExecMainStatus", "3"}});
  const Finding dead = health();
  EXPECT_EQ(dead.message, "failed (exit-code, status 3)");
  EXPECT_EQ(value_of(dead, kFinal), "true");
  EXPECT_EQ(value_of(dead, "output"), "2026-11-23T10:00:00+0000 pi4 collector[7]: no bus");

  machine_["collector.service"] = with(running(), {{"UnitFileState", "disabled"}});
  EXPECT_EQ(health().message, "does not start at boot (disabled)");
  machine_["collector.service"] = absent();
  EXPECT_EQ(health().message, "systemd knows no such unit");
  machine_["collector.service"] = inactive();
  EXPECT_EQ(health().message, "inactive: it ended by itself");
}

TEST_F(SystemdUnitsTest, RestartsOfBeforeAreForgivenNewOnesAreNot) {
  machine_["collector.service"] = with(running("aaa"), {{"NRestarts", "5"}});
  const RuntimeState before = look();
  EXPECT_EQ(health(before).severity, Severity::kPass) << health(before).message;
  machine_["collector.service"] = with(running("bbb"), {{"NRestarts", "7"}});
  EXPECT_EQ(health(before).message, "systemd restarted it 2 times since the deployment began");
  EXPECT_EQ(value_of(health(before), kFinal), "true");
  // Started by hand: systemd counts from 0 again.
  machine_["collector.service"] = with(running("ccc"), {{"NRestarts", "1"}});
  EXPECT_EQ(health(before).message, "systemd restarted it once since the deployment began");
  machine_["collector.service"] = running("ddd");
  EXPECT_EQ(health(before).severity, Severity::kPass);
  machine_["collector.service"] = with(running("eee"), {{"ActiveState", "activating"},
                                                        {"SubState", "auto-restart"},
                                                        {"Result", "exit-code"},
                                                        {"ExecMainStatus", "3"}});
  EXPECT_EQ(health(before).message, "ended and waits for its restart (exit-code, status 3)");
}

TEST_F(SystemdUnitsTest, WhyAUnitThatRunsAgainHadEndedStandsInItsJournal) {
  machine_["collector.service"] = with(running("bbb"), {{"NRestarts", "1"}});
  tools_.expect("journalctl",
                printed("2026-11-23T10:00:00+0000 pi4 systemd[1]: collector.service: Main process "
                        "exited, code=exited, status=7/NOTRUNNING\n"
                        "2026-11-23T10:00:01+0000 pi4 systemd[1]: Started collector.service.\n"));
  EXPECT_EQ(health().message,
            "systemd restarted it once since the deployment began (main process exited, "
            "code=exited, status=7/NOTRUNNING)");
}

TEST_F(SystemdUnitsTest, AnotherInstallSectionIsEnabledAnew) {
  unit().install = {"WantedBy=multi-user.target"};
  const Release old = release_;
  unit().install = {"WantedBy=network.target"};
  machine_["collector.service"] = running();
  const PlannedAction reenable{"reenable collector.service", "its section [Install] changes"};
  ASSERT_EQ(plan({kUnitFile}, &old).size(), 2U);
  EXPECT_EQ(plan({kUnitFile}, &old)[0], reenable);
  ASSERT_TRUE(units_.activate(change({kUnitFile}, &old), {}, nobody_).has_value());
  EXPECT_THAT(done(),
              ElementsAre("systemctl daemon-reload", "systemctl reenable -- collector.service",
                          "systemctl restart -- collector.service"));
  // The same section: a restart is enough.
  unit().install = old.units[0].install;
  EXPECT_EQ(plan({kUnitFile}, &old).size(), 1U);
  // A release from before gannet knew of sections says nothing about them.
  Release unknown = old;
  unknown.units[0].install.clear();
  EXPECT_EQ(plan({kUnitFile}, &unknown).size(), 1U);
}

TEST_F(SystemdUnitsTest, AnInstallSectionThatComesIsEnabledAndPlannedSo) {
  unit().install = {"WantedBy=multi-user.target"};
  Release old = release_;
  old.units[0].install.clear();
  const PlannedAction enable{"enable collector.service", "it does not start at boot"};
  machine_["collector.service"] = with(running(), {{"UnitFileState", "static"}});
  EXPECT_EQ(plan({kUnitFile}, &old)[0], enable);
  machine_["collector.service"] = with(running(), {{"UnitFileState", "disabled"}});
  EXPECT_EQ(plan({kUnitFile}, &old)[0], enable);
}

TEST_F(SystemdUnitsTest, AUnitOfTheHostStartsAtBootAsTheHostSays) {
  unit().definition = {"/etc/systemd/system/collector.service.d/limits.conf"};
  unit().install = {"WantedBy=multi-user.target"};
  Release old = release_;
  old.units[0].install = {"WantedBy=network.target"};
  machine_["collector.service"] = with(running(), {{"UnitFileState", "disabled"}});
  const auto actions = plan({unit().definition[0]}, &old);
  ASSERT_EQ(actions.size(), 1U);
  EXPECT_EQ(actions[0].what, "restart collector.service");
  EXPECT_EQ(health().severity, Severity::kPass) << health().message;
  unit().enable = false;
  machine_["collector.service"] = running();
  EXPECT_THAT(plan({}, &old), IsEmpty());
  EXPECT_EQ(health().severity, Severity::kPass) << health().message;
}

TEST_F(SystemdUnitsTest, AUnitOfTheHostGoesOnWithoutItsDropIn) {
  const std::string drop_in = "/etc/systemd/system/ssh.service.d/limits.conf";
  Release old = release_;
  old.units.push_back({});
  old.units.back().name = "ssh.service";
  old.units.back().definition = {drop_in};
  machine_["collector.service"] = running();
  machine_["ssh.service"] = running();
  EXPECT_THAT(plan({drop_in}, &old),
              ElementsAre(PlannedAction{"restart ssh.service", "its drop-ins go"}));
  EXPECT_TRUE(units_.withdraw(change({drop_in}, &old), nobody_).has_value());
  ASSERT_TRUE(units_.activate(change({drop_in}, &old), {}, nobody_).has_value());
  EXPECT_THAT(done(), ElementsAre("systemctl daemon-reload", "systemctl restart -- ssh.service"));
  machine_["ssh.service"] = inactive();
  EXPECT_THAT(plan({drop_in}, &old), IsEmpty());
}

TEST(UnitActions, AnInstanceIsShippedWithItsTemplate) {
  UnitSpec one;
  one.name = "app@one.service";
  one.definition = {"/etc/systemd/system/app@one.service.d/x.conf"};
  EXPECT_FALSE(is_shipped(one));
  one.definition.push_back("/etc/systemd/system/app@.service");
  EXPECT_TRUE(is_shipped(one));
  one.definition = {"/etc/systemd/system/app@one.service"};
  EXPECT_TRUE(is_shipped(one));
}

}  // namespace
}  // namespace gannet::agent
