#include "tests/support/scripted_services.h"

#include <utility>

namespace gannet::agent {
namespace {

/// The units and projects of a release.
std::vector<std::string> names_of(const protocol::Release& release) {
  std::vector<std::string> names;
  for (const auto& unit : release.units) names.push_back(unit.name);
  for (const auto& project : release.projects) names.push_back(project.project);
  return names;
}

bool names(const protocol::Release& release, const std::string& name) {
  for (const auto& one : names_of(release)) {
    if (one == name) return true;
  }
  return false;
}

protocol::Finding finding(const std::string& name, bool good) {
  protocol::Finding finding;
  finding.kind = protocol::CheckKind::kUnit;
  finding.name = name;
  finding.severity = good ? protocol::Severity::kPass : protocol::Severity::kFail;
  finding.message = good ? "active" : "failed";
  return finding;
}

}  // namespace

std::vector<protocol::Finding> ScriptedServices::preflight(const ServiceChange& change,
                                                           Progress& /*progress*/) {
  std::vector<protocol::Finding> missing;
  for (const auto& image : change.images) {
    if (stored.contains(image.id)) continue;
    missing.push_back(finding("image " + image.reference, false));
  }
  return missing;
}

std::vector<protocol::PlannedAction> ScriptedServices::plan(const ServiceChange& change,
                                                            Progress& /*progress*/) {
  if (!surveying) ++looks_outside;
  std::vector<protocol::PlannedAction> actions;
  for (const auto& name : names_of(*change.wanted)) {
    const bool current = running.contains(name) && running[name] == change.wanted->tag;
    if (!current) actions.push_back({"start " + name, "it does not run " + change.wanted->tag});
  }
  return actions;
}

Result<std::vector<Digest>> ScriptedServices::missing_layers(const protocol::Release& release,
                                                             Progress& /*progress*/) {
  std::vector<Digest> missing;
  for (const auto& project : release.projects) {
    for (const auto& image : project.images) {
      for (const auto& layer : image.layers) missing.push_back(layer.diff_id);
    }
  }
  return missing;
}

Result<protocol::RuntimeState> ScriptedServices::look(
    const std::vector<const protocol::Release*>& releases, Progress& /*progress*/) {
  protocol::RuntimeState state;
  std::set<std::string> seen;
  for (const auto* release : releases) {
    for (const auto& name : names_of(*release)) {
      if (!seen.insert(name).second) continue;
      protocol::UnitState unit;
      unit.name = name;
      unit.exists = running.contains(name);
      if (unit.exists) unit.invocation = running[name];
      state.units.push_back(unit);
    }
  }
  for (const auto& [reference, id] : images) state.images.push_back({reference, id});
  return state;
}

std::vector<protocol::Finding> ScriptedServices::health(
    const protocol::Release& release, const std::vector<protocol::ImageTag>& /*images*/,
    const protocol::RuntimeState& /*before*/, Progress& /*progress*/) {
  if (!surveying) ++looks_outside;
  std::vector<protocol::Finding> findings;
  for (const auto& name : names_of(release)) {
    const bool good = running.contains(name) && !sick.contains(running[name]);
    findings.push_back(finding(name, good));
  }
  return findings;
}

tl::expected<std::vector<protocol::ImageTag>, Failure> ScriptedServices::fetch(
    const ServiceChange& change, Progress& /*progress*/) {
  log.push_back("fetch " + change.wanted->service);
  if (failing.contains("fetch")) {
    return tl::unexpected<Failure>(Failure{{Code::kCommandFailed, "pull: no such image", ""}, {}});
  }
  held.insert(change.wanted->service + "/" + change.wanted->id);
  if (!change.images.empty()) return change.images;
  std::vector<protocol::ImageTag> fetched;
  for (const auto& project : change.wanted->projects) {
    for (const auto& image : project.images) {
      fetched.push_back({image.reference, registry[image.reference]});
      stored.insert(registry[image.reference]);
    }
  }
  return fetched;
}

Result<> ScriptedServices::release_images(const protocol::Release& release) {
  held.erase(release.service + "/" + release.id);
  return {};
}

Outcome ScriptedServices::withdraw(const ServiceChange& change, Progress& /*progress*/) {
  if (dead()) return {};
  for (const auto& name : names_of(*change.in_force)) {
    if (names(*change.wanted, name)) continue;
    log.push_back("stop " + name);
    running.erase(name);
  }
  return {};
}

Outcome ScriptedServices::activate(const ServiceChange& change,
                                   const std::vector<protocol::ImageTag>& with,
                                   Progress& /*progress*/) {
  if (dead()) return {};
  for (const auto& image : with) images[image.reference] = image.id;
  for (const auto& name : names_of(*change.wanted)) {
    log.push_back("start " + name);
    if (failing.contains(name)) {
      return tl::unexpected<Failure>(Failure{{Code::kCommandFailed, name + ": will not", ""}, {}});
    }
    running[name] = change.wanted->tag;
  }
  return {};
}

Outcome ScriptedServices::undo(const std::vector<const protocol::Release*>& releases,
                               const protocol::RuntimeState& before, Progress& /*progress*/) {
  if (dead()) return {};
  for (const auto* release : releases) {
    for (const auto& name : names_of(*release)) {
      const auto* unit = before.unit(name, false);
      if (unit != nullptr && !unit->exists && running.erase(name) > 0)
        log.push_back("stop " + name);
    }
  }
  return {};
}

Outcome ScriptedServices::bring_back(const std::vector<const protocol::Release*>& /*releases*/,
                                     const protocol::RuntimeState& before, Progress& /*progress*/) {
  if (dead()) return {};
  images.clear();
  for (const auto& image : before.images) images[image.reference] = image.id;
  for (const auto& unit : before.units) {
    if (!unit.exists || running[unit.name] == unit.invocation) continue;
    log.push_back("bring back " + unit.name);
    running[unit.name] = unit.invocation;
  }
  return {};
}

}  // namespace gannet::agent
