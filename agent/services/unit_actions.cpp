#include "agent/services/unit_actions.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

#include "base/text.h"

namespace gannet::agent {
namespace {

using protocol::UnitSpec;
using Paths = std::vector<std::string>;

bool covers(const Paths& paths, const std::string& path) {
  return std::any_of(paths.begin(), paths.end(), [&](const std::string& entry) {
    return entry.ends_with('/') ? path.starts_with(entry) : path == entry;
  });
}

const UnitSpec* find_unit(const protocol::Release* release, const UnitSpec& wanted) {
  if (release == nullptr) return nullptr;
  const auto found = std::find_if(release->units.begin(), release->units.end(),
                                  [&](const UnitSpec& unit) { return same_unit(unit, wanted); });
  return found == release->units.end() ? nullptr : &*found;
}

bool is_executable(const protocol::Release* release, const std::string& path) {
  constexpr std::uint32_t kExecute = 0111;
  if (release == nullptr) return false;
  const auto found = std::find_if(release->files.begin(), release->files.end(),
                                  [&](const auto& file) { return file.path == path; });
  return found != release->files.end() && (found->mode & kExecute) != 0;
}

/// Decides about one unit.
class UnitDecision {
 public:
  UnitDecision(const ServiceChange& change, std::size_t index, const UnitFacts& facts)
      : change_(change),
        index_(index),
        spec_(change.wanted->units[index]),
        old_(find_unit(change.in_force, spec_)),
        facts_(facts) {
    sort_out();
  }

  std::vector<UnitAction> actions() {
    const bool defined = !changed(&UnitSpec::definition).empty();
    if (facts_.needs_daemon_reload && !defined && !definitions_change(change_, spec_.user)) {
      add(UnitVerb::kDaemonReload, "its files are newer than what systemd has read");
    }
    decide_boot();
    if (spec_.running) {
      decide_running();
    } else {
      decide_stopped();
    }
    return std::move(actions_);
  }

 private:
  void add(UnitVerb verb, std::string why) { actions_.push_back({verb, index_, std::move(why)}); }

  /// Changed paths that the list names, in the old release or in the new one.
  [[nodiscard]] Paths changed(Paths UnitSpec::*list) const {
    Paths found;
    for (const std::string& path : change_.changed) {
      const bool named =
          covers(spec_.*list, path) || (old_ != nullptr && covers(old_->*list, path));
      if (named) found.push_back(path);
    }
    return found;
  }

  /// Unit files first: they say most about what happens.
  void sort_out() {
    restart_ = changed(&UnitSpec::definition);
    for (const std::string& path : changed(&UnitSpec::restart_on)) {
      if (std::find(restart_.begin(), restart_.end(), path) == restart_.end()) {
        restart_.push_back(path);
      }
    }
    reload_ = changed(&UnitSpec::reload_on);
  }

  [[nodiscard]] std::string role(const std::string& path) const {
    const auto has = [&](const Paths& paths) {
      return std::find(paths.begin(), paths.end(), path) != paths.end();
    };
    if (covers(spec_.definition, path) || (old_ != nullptr && covers(old_->definition, path))) {
      return path.ends_with(".conf") ? "drop-in " : "unit file ";
    }
    // A unit that is not there yet cannot be asked: then the path must tell.
    if (has(facts_.environment_files) || path.ends_with(".env") ||
        path.starts_with("/etc/default/") || path.starts_with("/etc/sysconfig/")) {
      return "environment file ";
    }
    const bool program = has(facts_.programs) || is_executable(change_.wanted, path) ||
                         is_executable(change_.in_force, path);
    return program ? "program " : "";
  }

  [[nodiscard]] std::string reason(const Paths& paths) const {
    constexpr std::size_t kMaxNamed = 3;
    Paths named;
    for (const std::string& path : paths) {
      if (named.size() < kMaxNamed) named.push_back(role(path) + path);
    }
    std::string text = join(named, ", ");
    if (paths.size() > named.size()) {
      text += " and " + std::to_string(paths.size() - named.size()) + " more";
    }
    return text + (paths.size() == 1 ? " changes" : " change");
  }

  void decide_boot() {
    if (!is_shipped(spec_)) return;
    const std::string& state = facts_.state.enabled;
    if (!spec_.enable) {
      if (state == "enabled" || state == "enabled-runtime") {
        add(UnitVerb::kDisable, "it starts at boot");
      }
      return;
    }
    const bool defined = !changed(&UnitSpec::definition).empty();
    if (defined && old_ != nullptr && !old_->install.empty() && !spec_.install.empty() &&
        old_->install != spec_.install && !state.empty() && state != "masked") {
      return add(UnitVerb::kReenable, "its section [Install] changes");
    }
    const bool off = state.empty() || state == "disabled" || state == "enabled-runtime" ||
                     state.starts_with("linked");
    // The file on the host cannot be enabled, the one to come can.
    const bool comes = state == "static" && defined && !spec_.install.empty();
    if (off || comes) add(UnitVerb::kEnable, "it does not start at boot");
  }

  void decide_running() {
    if (facts_.restarting()) return add(UnitVerb::kRestart, "it fails and is started again");
    if (!facts_.runs()) return decide_start();
    if (!restart_.empty()) return add(UnitVerb::kRestart, reason(restart_));
    if (reload_.empty()) return;
    if (facts_.can_reload) return add(UnitVerb::kReload, reason(reload_));
    add(UnitVerb::kRestart, reason(reload_) + ", and it cannot reload");
  }

  void decide_start() {
    const bool fresh = old_ == nullptr;
    Paths all = restart_;
    all.insert(all.end(), reload_.begin(), reload_.end());
    // Work that was done is done again only for a reason, and what a timer, socket or path starts
    // may wait for it.
    const bool rests = facts_.done() || (facts_.triggered && facts_.state.result == "success");
    if (rests && !fresh) {
      if (!all.empty()) add(UnitVerb::kStart, reason(all));
      return;
    }
    if (facts_.state.active == "failed") {
      return add(UnitVerb::kStart, "it has failed (" + facts_.state.result + ")");
    }
    add(UnitVerb::kStart, fresh ? "it is new" : "it is inactive");
  }

  void decide_stopped() {
    if (!facts_.runs()) return;
    if (!facts_.triggered) return add(UnitVerb::kStop, "it runs");
    // Started by its timer or socket. A oneshot ends its work, and the next one is of the new
    // files; what stays would go on with the old ones.
    const bool stays = facts_.type != "oneshot";
    if (stays && !restart_.empty()) add(UnitVerb::kRestart, reason(restart_));
  }

  const ServiceChange& change_;
  std::size_t index_;
  const UnitSpec& spec_;
  const UnitSpec* old_;
  const UnitFacts& facts_;
  Paths restart_;
  Paths reload_;
  std::vector<UnitAction> actions_;
};

bool any_definition_changes(const protocol::Release* release, const ServiceChange& change,
                            bool user) {
  if (release == nullptr) return false;
  return std::any_of(release->units.begin(), release->units.end(), [&](const UnitSpec& unit) {
    return unit.user == user &&
           std::any_of(change.changed.begin(), change.changed.end(),
                       [&](const auto& path) { return covers(unit.definition, path); });
  });
}

std::vector<UnitSpec> no_longer_named(const ServiceChange& change, bool shipped) {
  std::vector<UnitSpec> found;
  if (change.in_force == nullptr) return found;
  for (const UnitSpec& unit : change.in_force->units) {
    if (find_unit(change.wanted, unit) == nullptr && is_shipped(unit) == shipped) {
      found.push_back(unit);
    }
  }
  return found;
}

}  // namespace

std::string_view to_string(UnitVerb verb) {
  switch (verb) {
    case UnitVerb::kDaemonReload:
      return "daemon-reload";
    case UnitVerb::kEnable:
      return "enable";
    case UnitVerb::kReenable:
      return "reenable";
    case UnitVerb::kDisable:
      return "disable";
    case UnitVerb::kStart:
      return "start";
    case UnitVerb::kRestart:
      return "restart";
    case UnitVerb::kReload:
      return "reload";
    case UnitVerb::kStop:
      return "stop";
  }
  return "";
}

std::vector<UnitAction> unit_actions(const ServiceChange& change,
                                     const std::vector<UnitFacts>& facts) {
  std::vector<UnitAction> actions;
  for (std::size_t i = 0; i < change.wanted->units.size(); ++i) {
    auto more = UnitDecision(change, i, facts[i]).actions();
    actions.insert(actions.end(), more.begin(), more.end());
  }
  return actions;
}

bool definitions_change(const ServiceChange& change, bool user) {
  return any_definition_changes(change.wanted, change, user) ||
         any_definition_changes(change.in_force, change, user);
}

bool may_reinstall(const std::vector<const protocol::Release*>& releases, const UnitSpec& unit) {
  std::set<Paths> ways;
  int sides = 0;
  for (const protocol::Release* release : releases) {
    const UnitSpec* known = find_unit(release, unit);
    if (known == nullptr) continue;
    ways.insert(known->install);
    ++sides;
  }
  const bool any =
      std::any_of(ways.begin(), ways.end(), [](const auto& way) { return !way.empty(); });
  return any && (ways.size() > 1 || sides < 2);
}

bool is_shipped(const UnitSpec& unit) {
  const std::size_t at = unit.name.find('@');
  const std::size_t dot = unit.name.rfind('.');
  std::string model = unit.name;
  if (at != std::string::npos && dot > at) model.erase(at + 1, dot - at - 1);
  return unit.definition.empty() ||
         std::any_of(unit.definition.begin(), unit.definition.end(), [&](const auto& path) {
           const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
           return name == unit.name || name == model;
         });
}

std::vector<UnitSpec> dropped_units(const ServiceChange& change) {
  return no_longer_named(change, true);
}

std::vector<UnitSpec> released_units(const ServiceChange& change) {
  return no_longer_named(change, false);
}

protocol::PlannedAction planned(const UnitAction& action, const protocol::Release& release) {
  const UnitSpec& unit = release.units[action.unit];
  std::string what = std::string(to_string(action.verb)) + " " + unit.name;
  if (action.verb == UnitVerb::kDaemonReload) what = "daemon-reload for " + unit.name;
  return {std::move(what), action.why};
}

}  // namespace gannet::agent
