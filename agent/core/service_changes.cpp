#include "agent/core/service_changes.h"

#include <algorithm>
#include <utility>

namespace gannet::agent {
namespace {

void note_changed(ServiceChange& change, const protocol::Release& release, const ChangeSet& set) {
  for (const auto& entry : release.files) {
    if (set.current(entry.path) != set.goal(entry.path)) change.changed.insert(entry.path);
  }
}

/// The images of a release that is kept here; none for a new one.
Result<std::vector<protocol::ImageTag>> images_of(const Engine& engine,
                                                  const protocol::Release& release) {
  if (release.id.empty()) return std::vector<protocol::ImageTag>{};
  auto kept = engine.releases.load(release.service, release.id);
  if (kept) return std::move(kept->images);
  if (kept.error().code == Code::kNotFound) return std::vector<protocol::ImageTag>{};
  return fail(std::move(kept.error()));
}

}  // namespace

Result<std::vector<ServiceChange>> service_changes(const Engine& engine,
                                                   const std::vector<protocol::Release>& releases,
                                                   const ChangeSet& set) {
  std::vector<ServiceChange> changes;
  for (std::size_t i = 0; i < releases.size(); ++i) {
    ServiceChange change;
    change.wanted = &releases[i];
    note_changed(change, releases[i], set);
    if (set.in_force[i]) {
      change.in_force = &set.in_force[i]->release;
      note_changed(change, *change.in_force, set);
    }
    TRY(change.images, images_of(engine, releases[i]));
    changes.push_back(std::move(change));
  }
  return changes;
}

bool runs_something(const std::vector<ServiceChange>& changes) {
  return std::any_of(changes.begin(), changes.end(), [](const ServiceChange& change) {
    return change.wanted->runs_something() ||
           (change.in_force != nullptr && change.in_force->runs_something());
  });
}

std::vector<const protocol::Release*> both_sides(const std::vector<ServiceChange>& changes) {
  std::vector<const protocol::Release*> releases;
  for (const ServiceChange& change : changes) {
    releases.push_back(change.wanted);
    if (change.in_force != nullptr) releases.push_back(change.in_force);
  }
  return releases;
}

}  // namespace gannet::agent
