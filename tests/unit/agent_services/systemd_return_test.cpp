// Units that end, that come back, and what they need of their host.
#include "tests/unit/agent_services/systemd_fixture.h"

namespace gannet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST_F(SystemdUnitsTest, WhatTheReleaseDropsEndsBeforeItsFilesGo) {
  Release old = release_;
  old.units[0].name = "old.service";
  old.units[0].definition = {"/etc/systemd/system/old.service"};
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

TEST_F(SystemdUnitsTest, WhatWasEnabledByAnotherSectionIsEnabledByItsOwnAgain) {
  unit().install = {"WantedBy=network.target"};
  unit().reload_on.clear();
  Release old = release_;
  old.units[0].install = {"WantedBy=multi-user.target"};
  machine_["collector.service"] = running("aaa");
  const RuntimeState before = look();
  ASSERT_TRUE(units_.bring_back({&release_, &old}, before, nobody_).has_value());
  EXPECT_THAT(done(),
              ElementsAre("systemctl daemon-reload", "systemctl reenable -- collector.service"));
  old.units[0].install = unit().install;
  ASSERT_TRUE(units_.bring_back({&release_, &old}, before, nobody_).has_value());
  EXPECT_THAT(done().back(), "systemctl daemon-reload");
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
}  // namespace gannet::agent
