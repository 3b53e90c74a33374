// Units of a systemd that answers from a script.
#include "agent/services/systemd_units.h"

#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/health_gate.h"
#include "tests/support/scripted_tools.h"
#include "tests/unit/agent_system/support.h"

namespace gannet::agent::testing {
namespace {

using protocol::Finding;
using protocol::PlannedAction;
using protocol::Release;
using protocol::RuntimeState;
using protocol::Severity;
using protocol::UnitSpec;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Properties = std::map<std::string, std::string>;

const std::string kUnitFile = "/etc/systemd/system/collector.service";

Properties running(const std::string& invocation = "aaa") {
  return {{"LoadState", "loaded"},      {"ActiveState", "active"}, {"SubState", "running"},
          {"UnitFileState", "enabled"}, {"Result", "success"},     {"NRestarts", "0"},
          {"InvocationID", invocation}, {"ExecMainStatus", "0"},   {"Type", "simple"},
          {"NeedDaemonReload", "no"},   {"CanReload", "yes"},      {"Triggers", ""},
          {"TriggeredBy", ""}};
}

Properties with(Properties properties, const Properties& other) {
  for (const auto& [key, value] : other) properties[key] = value;
  return properties;
}

Properties inactive(const Properties& other = {}) {
  return with(with(running(""), {{"ActiveState", "inactive"}, {"SubState", "dead"}}), other);
}

Properties absent() {
  return {{"LoadState", "not-found"}, {"ActiveState", "inactive"}, {"SubState", "dead"}};
}

class SystemdUnitsTest : public ::testing::Test {
 protected:
  SystemdUnitsTest() {
    tree_.write("run/systemd/system/x", "");
    tree_.write("etc/passwd", "root:x:0:0::/root:/bin/sh\npi:x:1000:1000::/home/pi:/bin/sh\n");
    const auto show = [this](const ToolRun& run) { return show_units(run); };
    tools_.expect("systemctl show", show);
    tools_.expect("env XDG_RUNTIME_DIR=/run/user/1000 systemctl --user show", show);
    tools_.expect("journalctl", printed("2026-11-23T10:00:00+0000 pi4 collector[7]: no bus\n"));
    release_.service = "collector";
    UnitSpec unit;
    unit.name = "collector.service";
    unit.definition = {kUnitFile};
    unit.restart_on = {"/opt/collector/", "/etc/collector.env"};
    unit.reload_on = {"/etc/collector.toml"};
    release_.units = {unit};
    release_.files.push_back({});
    release_.files.back().path = "/opt/collector/bin";
    release_.files.back().mode = 0755;
  }

  ToolResult show_units(const ToolRun& run) {
    std::string text;
    bool names = false;
    for (const std::string& word : run.words) {
      if (names) {
        if (!text.empty()) text += "\n";
        for (const auto& [key, value] : machine_[word]) text += key + "=" + value + "\n";
      }
      names = names || word == "--";
    }
    return printed(text);
  }

  std::vector<PlannedAction> plan(std::set<std::string> changed, const Release* in_force) {
    return units_.plan(change(std::move(changed), in_force), nobody_);
  }
  ServiceChange change(std::set<std::string> changed, const Release* in_force) {
    ServiceChange change;
    change.wanted = &release_;
    change.in_force = in_force;
    change.changed = std::move(changed);
    return change;
  }
  Finding health(const RuntimeState& before = {}) {
    const auto findings = units_.health(release_, {}, before, nobody_);
    EXPECT_EQ(findings.size(), 1U);
    return findings.empty() ? Finding{} : findings[0];
  }
  RuntimeState look() {
    RuntimeState state;
    EXPECT_TRUE(units_.look({&release_}, state, nobody_).has_value());
    return state;
  }
  /// What was done, without the looking.
  std::vector<std::string> done() {
    return tools_.log_without({"systemctl show", "journalctl", "systemctl reset-failed",
                               "env XDG_RUNTIME_DIR=/run/user/1000 systemctl --user show"});
  }
  UnitSpec& unit() { return release_.units[0]; }

  TempDir tree_;
  ScriptedTools tools_;
  NoProgress nobody_;
  Release release_;
  std::map<std::string, Properties> machine_;
  SystemdUnits units_{tools_, HostTree{tree_.path()}, 0};
};

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
  EXPECT_EQ(health(before).message, "restarted 2 times");
  EXPECT_EQ(value_of(health(before), kFinal), "true");
  // Started by hand: systemd counts from 0 again.
  machine_["collector.service"] = with(running("ccc"), {{"NRestarts", "1"}});
  EXPECT_EQ(health(before).message, "restarted 1 time");
  machine_["collector.service"] = running("ddd");
  EXPECT_EQ(health(before).severity, Severity::kPass);
  machine_["collector.service"] = with(running("eee"), {{"ActiveState", "activating"},
                                                        {"SubState", "auto-restart"},
                                                        {"Result", "exit-code"},
                                                        {"ExecMainStatus", "3"}});
  EXPECT_EQ(health(before).message, "ended and waits for its restart (exit-code, status 3)");
}

TEST_F(SystemdUnitsTest, WhatTheReleaseDropsEndsBeforeItsFilesGo) {
  Release old = release_;
  old.units[0].name = "old.service";
  machine_["old.service"] = running();
  machine_["collector.service"] = running();
  EXPECT_EQ(plan({}, &old)[0].what, "stop and disable old.service");
  ASSERT_TRUE(units_.withdraw(change({}, &old), nobody_).has_value());
  EXPECT_THAT(done(),
              ElementsAre("systemctl disable -- old.service", "systemctl stop -- old.service"));
  machine_["old.service"] = absent();
  ASSERT_TRUE(units_.withdraw(change({}, &old), nobody_).has_value());
  EXPECT_EQ(done().size(), 2U);
}

TEST_F(SystemdUnitsTest, UndoEndsOnlyWhatWasNotThere) {
  machine_["collector.service"] = running();
  RuntimeState before = look();
  ASSERT_TRUE(units_.undo({&release_}, before, nobody_).has_value());
  EXPECT_THAT(done(), IsEmpty());
  before.units[0].exists = false;
  tools_.expect("systemctl disable", failed(1, "Failed to disable: read-only\n"));
  const auto outcome = units_.undo({&release_}, before, nobody_);
  ASSERT_FALSE(outcome.has_value());  // it went on all the same
  EXPECT_THAT(done(), ElementsAre("systemctl disable -- collector.service",
                                  "systemctl stop -- collector.service"));
}

TEST_F(SystemdUnitsTest, BringsBackWhatRanAndWhetherItStartsAtBoot) {
  machine_["collector.service"] = with(running("aaa"), {{"UnitFileState", "disabled"}});
  const RuntimeState before = look();
  machine_["collector.service"] = running("bbb");
  ASSERT_TRUE(units_.bring_back({&release_}, before, nobody_).has_value());
  EXPECT_THAT(done(),
              ElementsAre("systemctl daemon-reload", "systemctl disable -- collector.service",
                          "systemctl restart -- collector.service"));
}

TEST_F(SystemdUnitsTest, WhatWasNotRestartedReadsItsFilesAgain) {
  machine_["collector.service"] = running("aaa");
  const RuntimeState before = look();
  ASSERT_TRUE(units_.bring_back({&release_}, before, nobody_).has_value());
  EXPECT_THAT(done(),
              ElementsAre("systemctl daemon-reload", "systemctl reload -- collector.service"));
}

TEST_F(SystemdUnitsTest, WhatWasInactiveIsStoppedAgain) {
  machine_["collector.service"] = inactive();
  const RuntimeState before = look();
  machine_["collector.service"] = running("bbb");
  ASSERT_TRUE(units_.bring_back({&release_}, before, nobody_).has_value());
  EXPECT_THAT(done(),
              ElementsAre("systemctl daemon-reload", "systemctl stop -- collector.service"));
}

TEST_F(SystemdUnitsTest, LooksAtTheUnitsOfAllReleases) {
  Release other = release_;
  other.units[0].name = "other.timer";
  machine_["collector.service"] = with(running(), {{"NRestarts", "3"}});
  machine_["other.timer"] = absent();
  RuntimeState state;
  ASSERT_TRUE(units_.look({&release_, &other, &release_}, state, nobody_).has_value());
  ASSERT_EQ(state.units.size(), 2U);
  EXPECT_EQ(state.units[0].name, "collector.service");
  EXPECT_TRUE(state.units[0].exists);
  EXPECT_EQ(state.units[0].invocation, "aaa");
  EXPECT_EQ(state.units[0].restarts, 3U);
  EXPECT_FALSE(state.units[1].exists);
}

TEST_F(SystemdUnitsTest, AHostWithoutSystemctlRunsNothing) {
  ScriptedTools none;
  none.missing("systemctl");
  SystemdUnits units(none, HostTree{tree_.path()}, 0);
  RuntimeState state;
  ASSERT_TRUE(units.look({&release_}, state, nobody_).has_value());
  EXPECT_FALSE(state.units.at(0).exists);
}

TEST_F(SystemdUnitsTest, ASystemctlThatFailsIsNotTakenForAnEmptyHost) {
  tools_.expect("systemctl show", failed(1, "Failed to connect to bus\n"));
  RuntimeState state;
  const auto looked = units_.look({&release_}, state, nobody_);
  ASSERT_FALSE(looked.has_value());
  EXPECT_EQ(looked.error().context, "systemctl show: exit code 1: Failed to connect to bus");
}

TEST_F(SystemdUnitsTest, PreflightWantsSystemdRootAndUnitsThatCanStart) {
  machine_["collector.service"] = running();
  EXPECT_THAT(units_.preflight(change({}, nullptr), nobody_), IsEmpty());
  machine_["collector.service"]["LoadState"] = "masked";
  auto findings = units_.preflight(change({}, nullptr), nobody_);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].hint, "run on the host: sudo systemctl unmask collector.service");

  unit().definition.clear();
  machine_["collector.service"] = absent();
  findings = units_.preflight(change({}, nullptr), nobody_);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].message, "is not on this host, and the release does not bring it");

  SystemdUnits as_pi(tools_, HostTree{tree_.path()}, 1000);
  EXPECT_EQ(as_pi.preflight(change({}, nullptr), nobody_).at(0).message,
            "units of the system need root, the agent runs as pi");
  const TempDir bare;
  SystemdUnits elsewhere(tools_, HostTree{bare.path()}, 0);
  EXPECT_EQ(elsewhere.preflight(change({}, nullptr), nobody_).at(0).message,
            "systemd does not run here");
}

TEST_F(SystemdUnitsTest, UserUnitsNeedLingeringAndTheirOwnManager) {
  unit().user = true;
  SystemdUnits as_pi(tools_, HostTree{tree_.path()}, 1000);
  tools_.expect("loginctl", printed("Linger=no\n"));
  auto findings = as_pi.preflight(change({}, nullptr), nobody_);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].hint, "run on the host: sudo loginctl enable-linger pi");

  tools_.expect("loginctl", failed(1, "User ID 1000 is not logged in or lingering\n"));
  EXPECT_EQ(as_pi.preflight(change({}, nullptr), nobody_).size(), 1U);
  tree_.write("var/lib/systemd/linger/pi", "");
  EXPECT_EQ(as_pi.preflight(change({}, nullptr), nobody_).at(0).message,
            "no user manager runs: /run/user/1000 is missing");
  tree_.write("run/user/1000/systemd/x", "");
  machine_["collector.service"] = inactive({{"UnitFileState", "disabled"}});
  EXPECT_THAT(as_pi.preflight(change({}, nullptr), nobody_), IsEmpty());

  ASSERT_TRUE(as_pi.activate(change({kUnitFile}, nullptr), {}, nobody_).has_value());
  const std::string user = "env XDG_RUNTIME_DIR=/run/user/1000 systemctl --user ";
  EXPECT_THAT(tools_.log_without({"loginctl", user + "show", user + "reset-failed"}),
              ElementsAre(user + "daemon-reload", user + "enable -- collector.service",
                          user + "start -- collector.service"));
  EXPECT_FALSE(units_.preflight(change({}, nullptr), nobody_).empty()) << "root has no user units";
}

}  // namespace
}  // namespace gannet::agent::testing
