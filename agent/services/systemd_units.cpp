#include "agent/services/systemd_units.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "agent/probes/finding.h"
#include "agent/services/systemd_preflight.h"
#include "agent/services/unit_health.h"
#include "agent/services/unit_return.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

using protocol::UnitSpec;

Outcome as_outcome(Error error) { return tl::unexpected(Failure{std::move(error), {}}); }

/// Each unit once, in the order in which they are started.
std::vector<UnitSpec> units_of(const std::vector<const protocol::Release*>& releases) {
  std::vector<UnitSpec> units;
  for (const protocol::Release* release : releases) {
    for (const UnitSpec& unit : release->units) {
      const bool known = std::any_of(units.begin(), units.end(),
                                     [&](const UnitSpec& other) { return same_unit(unit, other); });
      if (!known) units.push_back(unit);
    }
  }
  return units;
}

/// A unit that runs again says nothing about why it ended; its journal does.
void add_cause(protocol::Finding& finding, const UnitFacts& facts,
               const std::vector<std::string>& journal) {
  const bool restarted =
      std::any_of(finding.values.begin(), finding.values.end(),
                  [](const auto& value) { return value.first == "restarts_here"; });
  const std::string exit = last_exit(journal);
  if (!restarted || facts.state.result != "success" || exit.empty()) return;
  finding.message += " (" + exit + ")";
}

}  // namespace

std::vector<protocol::Finding> SystemdUnits::preflight(const ServiceChange& change,
                                                       Progress& progress) {
  return unit_preflight(change, systemctl_, {tools_, tree_, uid_}, progress);
}

std::vector<protocol::PlannedAction> SystemdUnits::plan(const ServiceChange& change,
                                                        Progress& progress) {
  std::vector<protocol::PlannedAction> actions;
  for (const UnitSpec& unit : dropped_units(change)) {
    actions.push_back({"stop and disable " + unit.name, "the release does not name it any more"});
  }
  const auto released = systemctl_.show(released_units(change), progress);
  for (const UnitFacts& unit : released.value_or(std::vector<UnitFacts>{})) {
    if (unit.runs()) actions.push_back({"restart " + unit.state.name, "its drop-ins go"});
  }
  const auto facts = systemctl_.show(change.wanted->units, progress);
  if (!facts) return actions;
  for (const UnitAction& action : unit_actions(change, *facts)) {
    actions.push_back(planned(action, *change.wanted));
  }
  return actions;
}

Result<> SystemdUnits::look(const std::vector<const protocol::Release*>& releases,
                            protocol::RuntimeState& state, Progress& progress) {
  TRY(auto facts, systemctl_.show(units_of(releases), progress));
  for (UnitFacts& one : facts) state.units.push_back(std::move(one.state));
  return {};
}

std::vector<protocol::Finding> SystemdUnits::health(const protocol::Release& release,
                                                    const std::vector<protocol::ImageTag>&,
                                                    const protocol::RuntimeState& before,
                                                    Progress& progress) {
  std::vector<protocol::Finding> findings;
  const auto facts = systemctl_.show(release.units, progress);
  if (!facts) {
    protocol::Check check;
    check.kind = protocol::CheckKind::kUnit;
    check.name = "systemd";
    return {miss(check, facts.error().context, facts.error().hint)};
  }
  for (std::size_t i = 0; i < facts->size(); ++i) {
    const UnitSpec& unit = release.units[i];
    auto finding = unit_health(unit, (*facts)[i], before.unit(unit.name, unit.user));
    if (finding.severity == protocol::Severity::kFail) {
      const auto lines = systemctl_.journal(unit.name, unit.user, systemctl_.since(), progress);
      add_cause(finding, (*facts)[i], lines);
      if (!lines.empty()) add_value(finding, "output", join(lines, "\n"));
    }
    findings.push_back(std::move(finding));
  }
  return findings;
}

Outcome SystemdUnits::read_definitions(const ServiceChange& change, Progress& progress) {
  for (const bool user : {false, true}) {
    if (!definitions_change(change, user) || !systemctl_.runs(user)) continue;
    if (auto done = systemctl_.daemon_reload(user, progress); !done) return done;
  }
  return {};
}

Outcome SystemdUnits::activate(const ServiceChange& change, const std::vector<protocol::ImageTag>&,
                               Progress& progress) {
  systemctl_.note_start();
  if (auto done = read_definitions(change, progress); !done) return done;
  if (auto done = release(change, progress); !done) return done;
  const auto facts = systemctl_.show(change.wanted->units, progress);
  if (!facts) return as_outcome(facts.error());
  for (const UnitAction& action : unit_actions(change, *facts)) {
    progress.step(change.wanted->service, planned(action, *change.wanted).what);
    if (auto done = take(action.verb, (*facts)[action.unit], progress); !done) return done;
  }
  return {};
}

/// Units of the host that run go on without the drop-ins of the release before.
Outcome SystemdUnits::release(const ServiceChange& change, Progress& progress) {
  const auto facts = systemctl_.show(released_units(change), progress);
  if (!facts) return as_outcome(facts.error());
  for (const UnitFacts& unit : *facts) {
    if (!unit.runs()) continue;
    progress.step(change.wanted->service, "restart " + unit.state.name);
    if (auto done = systemctl_.restart(unit, progress); !done) return done;
  }
  return {};
}

Outcome SystemdUnits::take(UnitVerb verb, const UnitFacts& facts, Progress& progress) {
  const std::string& name = facts.state.name;
  const bool user = facts.state.user;
  if (verb == UnitVerb::kDaemonReload) return systemctl_.daemon_reload(user, progress);
  if (verb == UnitVerb::kRestart) return systemctl_.restart(facts, progress);
  // Starts that failed before must not count against this one (StartLimitBurst).
  if (verb == UnitVerb::kStart) systemctl_.reset_failed(name, user, progress);
  return systemctl_.act({std::string(to_string(verb))}, name, user, progress);
}

/// Stops and disables what is there of `units`, last one first; goes on after an error.
Outcome SystemdUnits::end(const std::vector<UnitSpec>& units, Progress& progress) {
  const auto facts = systemctl_.show(units, progress);
  if (!facts) return as_outcome(facts.error());
  Outcome first;
  for (auto one = facts->rbegin(); one != facts->rend(); ++one) {
    if (!one->state.exists) continue;
    const bool boots = one->enabled() || one->state.enabled == "enabled-runtime";
    const bool idle = one->state.active == "inactive" || one->state.active == "failed";
    for (const auto& [needed, verb] : {std::pair(boots, "disable"), std::pair(!idle, "stop")}) {
      if (!needed) continue;
      auto done = systemctl_.act({verb}, one->state.name, one->state.user, progress);
      if (!done && first) first = std::move(done);
    }
  }
  return first;
}

Outcome SystemdUnits::withdraw(const ServiceChange& change, Progress& progress) {
  const auto dropped = dropped_units(change);
  return dropped.empty() ? Outcome{} : end(dropped, progress);
}

Outcome SystemdUnits::undo(const std::vector<const protocol::Release*>& releases,
                           const protocol::RuntimeState& before, Progress& progress) {
  std::vector<UnitSpec> made;
  for (const UnitSpec& unit : units_of(releases)) {
    const auto* was = before.unit(unit.name, unit.user);
    if (was == nullptr || !was->exists) made.push_back(unit);
  }
  return made.empty() ? Outcome{} : end(made, progress);
}

Outcome SystemdUnits::bring_back(const std::vector<const protocol::Release*>& releases,
                                 const protocol::RuntimeState& before, Progress& progress) {
  systemctl_.note_start();
  return bring_units_back(units_of(releases), releases, before, systemctl_, progress);
}

}  // namespace gannet::agent
