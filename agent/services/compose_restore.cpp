#include "agent/services/compose_restore.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "agent/services/compose_command.h"
#include "agent/services/compose_decision.h"
#include "agent/services/image_pull.h"

namespace gannet::agent {
namespace {

using protocol::ContainerState;
using protocol::ProjectState;

bool ran(const ContainerState& container) {
  return container.status == "running" || container.status == "restarting";
}

const ContainerState* find(const ProjectState& project, const std::string& id) {
  for (const ContainerState& container : project.containers) {
    if (container.id == id) return &container;
  }
  return nullptr;
}

/// The very containers of before, and those that ran do run.
bool is_as_before(const ProjectState& before, const ProjectState& now) {
  if (before.containers.size() != now.containers.size()) return false;
  return std::all_of(before.containers.begin(), before.containers.end(), [&](const auto& old) {
    const ContainerState* same = find(now, old.id);
    return same != nullptr && (!ran(old) || ran(*same));
  });
}

bool lost_any(const ProjectState& before, const ProjectState& now) {
  return std::any_of(before.containers.begin(), before.containers.end(),
                     [&](const auto& old) { return find(now, old.id) == nullptr; });
}

BringUp how_to(const ProjectState& before, const ProjectState& now,
               const std::vector<const protocol::Release*>& releases) {
  BringUp how;
  std::set<std::string> running;
  std::set<std::string> all;
  for (const ContainerState& container : before.containers) {
    all.insert(container.service);
    if (ran(container)) running.insert(container.service);
  }
  how.start = !running.empty();
  const auto& services = how.start ? running : all;
  how.services.assign(services.begin(), services.end());
  for (const auto* release : releases) {
    const auto* spec = find_project(release, before.name);
    if (spec == nullptr) continue;
    // The files came back as new ones: a container that was made meanwhile reads those of the
    // failed release, and Compose sees no difference.
    how.recreate = how.recreate || (!spec->recreate_on.empty() && lost_any(before, now));
    if (spec->files == before.files) how.profiles = spec->profiles;
  }
  return how;
}

std::chrono::milliseconds timeout_of(const std::string& project,
                                     const std::vector<const protocol::Release*>& releases) {
  std::uint64_t most = 0;
  for (const auto* release : releases) {
    if (const auto* spec = find_project(release, project)) most = std::max(most, spec->timeout_ms);
  }
  return std::chrono::milliseconds(most);
}

/// What the containers were made of, whatever their names came to mean meanwhile.
std::vector<protocol::ImageTag> images_that_ran(const ProjectState& before) {
  std::vector<protocol::ImageTag> images;
  for (const ContainerState& container : before.containers) {
    const bool by_id = container.reference.starts_with("sha256:");
    if (container.reference.empty() || by_id) continue;
    if (id_of(images, container.reference).empty()) {
      images.push_back({container.reference, container.image});
    }
  }
  return images;
}

Outcome check_images(const ProjectState& before, const ProjectState& now) {
  for (const ContainerState& old : before.containers) {
    if (!ran(old)) continue;
    const auto same = std::find_if(
        now.containers.begin(), now.containers.end(), [&](const ContainerState& container) {
          return container.service == old.service && container.image == old.image;
        });
    if (same != now.containers.end()) continue;
    return tl::unexpected(Failure{{Code::kRestoreFailed,
                                   before.name + "/" + old.service + " does not run " +
                                       short_id(old.image) + " as it did before",
                                   "docker compose -p " + before.name + " ps -a"},
                                  {}});
  }
  return {};
}

Answer<ProjectState> project_now(Docker& docker, const std::string& project, Progress& progress) {
  auto views = look_at_projects(docker, {project}, progress);
  if (!views) return tl::unexpected(std::move(views.error()));
  return views->front().state();
}

Outcome bring_up(Docker& docker, const ProjectState& before, const ProjectState& now,
                 const std::vector<const protocol::Release*>& releases, Progress& progress) {
  if (auto named = set_names(docker, images_that_ran(before), progress); !named) return named;
  ToolRun run = compose_up(before, how_to(before, now, releases));
  run.timeout = timeout_of(before.name, releases);
  auto up = docker.run(run, "docker compose up (project " + before.name + ")", progress);
  if (!up) return tl::unexpected(std::move(up.error()));
  auto after = project_now(docker, before.name, progress);
  if (!after) return tl::unexpected(std::move(after.error()));
  return check_images(before, *after);
}

}  // namespace

Outcome restore_project(Docker& docker, const ProjectState& before,
                        const std::vector<const protocol::Release*>& releases,
                        const std::vector<protocol::ImageTag>& names, Progress& progress) {
  auto now = project_now(docker, before.name, progress);
  if (!now) return tl::unexpected(std::move(now.error()));
  Outcome back;
  if (!is_as_before(before, *now)) back = bring_up(docker, before, *now, releases, progress);
  auto named = set_names(docker, names, progress);
  return back ? named : back;
}

}  // namespace gannet::agent
