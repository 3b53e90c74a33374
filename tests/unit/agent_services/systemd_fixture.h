// A systemd that answers from a script, and a release with one unit.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/services/systemd_units.h"
#include "tests/support/scripted_tools.h"
#include "tests/unit/agent_system/support.h"

namespace gannet::agent {

using protocol::Finding;
using protocol::PlannedAction;
using protocol::Release;
using protocol::RuntimeState;
using protocol::UnitSpec;

using Properties = std::map<std::string, std::string>;

inline const std::string kUnitFile = "/etc/systemd/system/collector.service";

inline Properties running(const std::string& invocation = "aaa") {
  return {{"LoadState", "loaded"},      {"ActiveState", "active"}, {"SubState", "running"},
          {"UnitFileState", "enabled"}, {"Result", "success"},     {"NRestarts", "0"},
          {"InvocationID", invocation}, {"ExecMainStatus", "0"},   {"Type", "simple"},
          {"NeedDaemonReload", "no"},   {"CanReload", "yes"},      {"Triggers", ""},
          {"TriggeredBy", ""}};
}

inline Properties with(Properties properties, const Properties& other) {
  for (const auto& [key, value] : other) properties[key] = value;
  return properties;
}

inline Properties inactive(const Properties& other = {}) {
  return with(with(running(""), {{"ActiveState", "inactive"}, {"SubState", "dead"}}), other);
}

inline Properties absent() {
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

}  // namespace gannet::agent
