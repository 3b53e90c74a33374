#include "agent/services/unit_return.h"

#include <algorithm>
#include <string>
#include <utility>

#include "agent/services/unit_actions.h"

namespace gannet::agent {
namespace {

using protocol::UnitSpec;
using protocol::UnitState;

bool was_running(const UnitState& was) {
  return was.active == "active" || was.active == "reloading" || was.active == "activating";
}

class Return {
 public:
  Return(Systemctl& systemctl, Progress& progress) : systemctl_(systemctl), progress_(progress) {}

  Outcome run(const std::vector<UnitSpec>& units,
              const std::vector<const protocol::Release*>& releases,
              const protocol::RuntimeState& before) {
    read_definitions(units);
    const auto facts = systemctl_.show(units, progress_);
    if (!facts) {
      note(tl::unexpected(Failure{facts.error(), {}}));
      return std::move(first_);
    }
    for (std::size_t i = 0; i < units.size(); ++i) {
      const UnitState* was = before.unit(units[i].name, units[i].user);
      if (was == nullptr || !was->exists) {
        forget((*facts)[i]);
        continue;
      }
      bring_boot_back(*was, (*facts)[i], may_reinstall(releases, units[i]));
      bring_activity_back(*was, (*facts)[i], !units[i].reload_on.empty());
    }
    return std::move(first_);
  }

 private:
  void note(Outcome outcome) {
    if (!outcome && first_) first_ = std::move(outcome);
  }
  void act(const std::vector<std::string>& verb, const UnitState& unit) {
    note(systemctl_.act(verb, unit.name, unit.user, progress_));
  }

  void read_definitions(const std::vector<UnitSpec>& units) {
    for (const bool user : {false, true}) {
      const bool any = std::any_of(units.begin(), units.end(),
                                   [user](const UnitSpec& unit) { return unit.user == user; });
      if (any && systemctl_.runs(user)) note(systemctl_.daemon_reload(user, progress_));
    }
  }

  /// What it failed at since then was not its own.
  void forget(const UnitFacts& facts) {
    if (facts.state.active != "failed") return;
    systemctl_.reset_failed(facts.state.name, facts.state.user, progress_);
  }

  void bring_boot_back(const UnitState& was, const UnitFacts& now, bool reinstall) {
    // Its links may be those of the other [Install].
    if (was.enabled == "enabled" && reinstall) return act({"reenable"}, was);
    if (was.enabled == now.state.enabled) return;
    if (was.enabled == "enabled") act({"enable"}, was);
    if (was.enabled == "enabled-runtime") {
      act({"disable"}, was);
      act({"enable", "--runtime"}, was);
    }
    if (was.enabled == "disabled" && now.enabled()) act({"disable"}, was);
  }

  void bring_activity_back(const UnitState& was, const UnitFacts& now, bool reloads) {
    if (!was_running(was)) {
      // What a timer or a socket has started meanwhile may end its work.
      if (now.runs() && !now.triggered) act({"stop"}, was);
      if (was.active == "inactive") forget(now);
      return;
    }
    // The work of a oneshot was under way: nobody knows whether it may be done twice.
    if (was.active == "activating" && now.type == "oneshot") return;
    const bool same_start = now.state.invocation == was.invocation && now.runs() &&
                            !now.restarting() && !was.invocation.empty();
    if (!same_start) {
      note(systemctl_.restart(now, progress_));
    } else if (reloads && now.can_reload) {
      // It may have read the files that are gone again.
      act({"reload"}, was);
    }
  }

  Systemctl& systemctl_;
  Progress& progress_;
  Outcome first_;
};

}  // namespace

Outcome bring_units_back(const std::vector<UnitSpec>& units,
                         const std::vector<const protocol::Release*>& releases,
                         const protocol::RuntimeState& before, Systemctl& systemctl,
                         Progress& progress) {
  if (units.empty()) return {};
  return Return(systemctl, progress).run(units, releases, before);
}

}  // namespace gannet::agent
