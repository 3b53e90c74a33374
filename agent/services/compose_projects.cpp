#include "agent/services/compose_projects.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "agent/services/compose_command.h"
#include "agent/services/compose_health.h"
#include "agent/services/compose_images.h"
#include "agent/services/compose_restore.h"
#include "agent/services/image_pull.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

using protocol::ComposeSpec;
using protocol::Finding;
using protocol::PlannedAction;
using protocol::Release;

constexpr std::chrono::seconds kBootTime{60};  // for Docker to answer after a boot
constexpr std::chrono::seconds kPause{1};
constexpr std::chrono::seconds kStillThere{10};  // what answered so long ago is not asked again

/// Each project once; of several releases the first that names it.
std::vector<const ComposeSpec*> projects_of(const std::vector<const Release*>& releases) {
  std::vector<const ComposeSpec*> all;
  for (const Release* release : releases) {
    for (const ComposeSpec& spec : release->projects) {
      const bool known = std::any_of(all.begin(), all.end(), [&](const ComposeSpec* other) {
        return other->project == spec.project;
      });
      if (!known) all.push_back(&spec);
    }
  }
  return all;
}

std::string service_of(const std::vector<const Release*>& releases, const std::string& project) {
  for (const Release* release : releases) {
    if (find_project(release, project) != nullptr) return release->service;
  }
  return "";
}

/// Projects of the release in force that the wanted one does not name.
std::vector<const ComposeSpec*> given_up(const ServiceChange& change) {
  std::vector<const ComposeSpec*> all;
  if (change.in_force == nullptr) return all;
  for (const ComposeSpec& spec : change.in_force->projects) {
    if (find_project(change.wanted, spec.project) == nullptr) all.push_back(&spec);
  }
  return all;
}

Finding missing_image(const std::string& reference, std::string message, std::string hint) {
  Finding finding;
  finding.kind = protocol::CheckKind::kCompose;
  finding.name = "image " + reference;
  finding.severity = protocol::Severity::kFail;
  finding.message = std::move(message);
  finding.hint = std::move(hint);
  return finding;
}

std::vector<std::string> references_of(const std::vector<const Release*>& releases) {
  std::vector<std::string> all;
  for (const Release* release : releases) {
    for (const ComposeSpec& spec : release->projects) {
      for (const auto& image : spec.images) {
        if (std::find(all.begin(), all.end(), image.reference) == all.end()) {
          all.push_back(image.reference);
        }
      }
    }
  }
  return all;
}

/// All that preflight(), plan() and missing_layers() are going to ask for.
std::vector<std::string> images_to_find(const std::vector<ServiceChange>& changes) {
  std::vector<std::string> all;
  for (const ServiceChange& change : changes) {
    for (const auto& image : change.images) all.push_back(image.id);
    for (const ComposeSpec& spec : change.wanted->projects) {
      for (const auto& image : spec.images) {
        if (!image.shipped()) all.push_back(image.reference);
        if (image.shipped()) all.push_back("sha256:" + image.config.hex());
      }
    }
  }
  return all;
}

void keep_first(Outcome& first, Outcome next) {
  if (first && !next) first = std::move(next);
}

}  // namespace

Answer<ProjectView> ComposeProjects::look_at(const std::string& project, Progress& progress) {
  auto views = look_at_projects(docker_, {project}, progress);
  if (!views) return tl::unexpected(std::move(views.error()));
  return std::move(views->front());
}

// ---- looking ------------------------------------------------------------------------------------

void ComposeProjects::begin_survey(const std::vector<ServiceChange>& changes, Progress& progress) {
  if (memory_ == nullptr) return;
  memory_->begin();
  std::vector<const Release*> releases;
  releases.reserve(changes.size());
  for (const ServiceChange& change : changes) releases.push_back(change.wanted);
  std::vector<std::string> names;
  for (const ComposeSpec* spec : projects_of(releases)) names.push_back(spec->project);
  if (names.empty()) return;
  // What cannot be looked at now is asked for again by whoever wants to know, and told there.
  if (!look_at_projects(docker_, names, progress)) return;
  static_cast<void>(docker_.image_ids(images_to_find(changes), progress));
}

void ComposeProjects::end_survey() {
  if (memory_ != nullptr) memory_->end();
}

std::vector<Finding> ComposeProjects::preflight(const ServiceChange& change, Progress& progress) {
  if (change.wanted->projects.empty() && given_up(change).empty()) return {};
  if (auto failed = docker_is_missing(progress)) return {std::move(*failed)};
  return missing_images(change, progress);
}

std::optional<Finding> ComposeProjects::docker_is_missing(Progress& progress) {
  const SteadyTime now = clock_.steady();
  if (docker_answered_ && now - *docker_answered_ < kStillThere) return std::nullopt;
  const auto* memory = docker_.memory();
  const bool just_answered = memory != nullptr && !memory->projects.empty();
  if (!just_answered) {
    auto daemon = docker_.daemon_version(progress);
    if (!daemon) return failed_finding("docker", daemon.error());
  }
  auto compose = docker_.compose_version(progress);
  if (!compose) return failed_finding("docker compose", compose.error());
  docker_answered_ = clock_.steady();
  return std::nullopt;
}

std::vector<Finding> ComposeProjects::missing_images(const ServiceChange& change,
                                                     Progress& progress) {
  std::vector<Finding> findings;
  for (const auto& image : change.images) {
    auto id = docker_.image_id(image.id, progress);
    if (!id) return {failed_finding("docker image inspect", id.error())};
    if (!id->empty()) continue;
    findings.push_back(
        missing_image(image.reference,
                      image.reference + " of release " + change.wanted->id + " was " +
                          short_id(image.id) + ", and this host does not have that any more",
                      "deploy that version again, or docker pull the image there by its digest"));
  }
  if (!change.images.empty()) return findings;
  for (const ComposeSpec& spec : change.wanted->projects) {
    for (const auto& image : spec.images) {
      if (image.shipped() || image.pull != protocol::PullPolicy::kNever) continue;
      auto id = docker_.image_id(image.reference, progress);
      if (!id) return {failed_finding("docker image inspect", id.error())};
      if (!id->empty()) continue;
      findings.push_back(missing_image(image.reference,
                                       image.reference + " is not on this host, and `pull: never`",
                                       "load the image there, or set `pull: missing`"));
    }
  }
  return findings;
}

std::vector<PlannedAction> ComposeProjects::plan(const ServiceChange& change, Progress& progress) {
  std::vector<PlannedAction> actions;
  for (const ComposeSpec* spec : given_up(change)) {
    actions.push_back({"stop project " + spec->project, "the release does not name it any more"});
  }
  for (const ComposeSpec& spec : change.wanted->projects) {
    auto planned = plan_project(change, spec, progress);
    if (!planned) {
      actions.push_back({"start project " + spec.project, planned.error().error.context});
      continue;
    }
    actions.insert(actions.end(), planned->begin(), planned->end());
  }
  return actions;
}

Answer<std::vector<PlannedAction>> ComposeProjects::plan_project(const ServiceChange& change,
                                                                 const ComposeSpec& spec,
                                                                 Progress& progress) {
  auto images = wanted_images(docker_, change, spec, progress);
  if (!images) return tl::unexpected(std::move(images.error()));
  auto now = look_at(spec.project, progress);
  if (!now) return tl::unexpected(std::move(now.error()));
  return decide(change, spec, *now, *images).actions;
}

Result<> ComposeProjects::look(const std::vector<const Release*>& releases,
                               protocol::RuntimeState& state, Progress& progress) {
  std::vector<std::string> names;
  for (const ComposeSpec* spec : projects_of(releases)) names.push_back(spec->project);
  if (names.empty()) return {};
  const std::vector<std::string> references = references_of(releases);
  auto views = look_at_projects(docker_, names, progress);
  auto ids = views ? docker_.image_ids(references, progress)
                   : Answer<std::vector<std::string>>(tl::unexpected(views.error()));
  if (!ids) {
    // Without Docker nothing runs in it. One that only does not answer must not look like that: a
    // restore would end what it does not know of.
    if (ids.error().error.code == Code::kNotFound) return {};
    return fail(std::move(ids.error().error));
  }
  for (const ProjectView& view : *views) {
    if (!view.containers.empty()) state.projects.push_back(view.state());
  }
  for (std::size_t i = 0; i < references.size(); ++i) {
    state.images.push_back({references[i], (*ids)[i]});
  }
  return {};
}

std::vector<Finding> ComposeProjects::health(const Release& release,
                                             const std::vector<protocol::ImageTag>& images,
                                             const protocol::RuntimeState& before,
                                             Progress& progress) {
  std::vector<Finding> findings;
  for (const ComposeSpec& spec : release.projects) {
    auto now = look_at(spec.project, progress);
    if (!now) {
      findings.push_back(failed_finding(spec.project, now.error()));
      continue;
    }
    for (ServiceHealth& health : judge_project(spec, images, before, *now)) {
      Finding& finding = health.finding;
      if (health.culprit != nullptr) {
        const auto& container = health.culprit->state;
        if (health.crashed) {
          const auto codes = exit_codes(docker_, container.id, progress);
          if (!codes.empty()) finding.message += ", exit code " + codes.back();
        }
        const auto words = last_words(docker_, container, progress);
        if (!words.empty()) finding.values.emplace_back("output", join(words, "\n"));
      }
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

// ---- changing -----------------------------------------------------------------------------------

Outcome ComposeProjects::down(const ComposeSpec& spec, const std::string& service,
                              Progress& progress) {
  ToolRun run = compose_down(spec.project);
  run.timeout = std::chrono::milliseconds(spec.timeout_ms);
  run.service = service;
  auto done = docker_.run(run, "docker compose down (project " + spec.project + ")", progress);
  if (!done) return tl::unexpected(std::move(done.error()));
  return {};
}

Outcome ComposeProjects::withdraw(const ServiceChange& change, Progress& progress) {
  for (const ComposeSpec* spec : given_up(change)) {
    if (auto done = down(*spec, change.wanted->service, progress); !done) return done;
  }
  return {};
}

Outcome ComposeProjects::activate(const ServiceChange& change,
                                  const std::vector<protocol::ImageTag>& images,
                                  Progress& progress) {
  for (const ComposeSpec& spec : change.wanted->projects) {
    if (auto done = activate_project(change, spec, images, progress); !done) return done;
  }
  return {};
}

Outcome ComposeProjects::activate_project(const ServiceChange& change, const ComposeSpec& spec,
                                          const std::vector<protocol::ImageTag>& images,
                                          Progress& progress) {
  if (auto named = set_names(docker_, images, progress); !named) return named;
  auto now = look_at(spec.project, progress);
  if (!now) return tl::unexpected(std::move(now.error()));
  const ComposeDecision decision = decide(change, spec, *now, wanted_images(spec, images));
  if (!decision.up) return {};
  ToolRun run = compose_up(spec, decision.recreate);
  run.service = change.wanted->service;
  auto up = docker_.run(run, "docker compose up (project " + spec.project + ")", progress);
  if (up) return {};
  Failure failure = std::move(up.error());
  // Compose says which container failed, the container says why.
  auto after = look_at(spec.project, progress);
  if (!after) return tl::unexpected(std::move(failure));
  for (const ServiceHealth& health : judge_project(spec, images, {}, *after)) {
    if (health.culprit == nullptr || health.culprit->state.status == "created") continue;
    const auto words = last_words(docker_, health.culprit->state, progress);
    failure.last_lines.insert(failure.last_lines.end(), words.begin(), words.end());
    break;
  }
  return tl::unexpected(std::move(failure));
}

// ---- going back ---------------------------------------------------------------------------------

Outcome ComposeProjects::wait_for_docker(Progress& progress) {
  const SteadyTime deadline = clock_.steady() + kBootTime;
  for (;;) {
    auto version = docker_.daemon_version(progress);
    if (version) return {};
    const bool may_come = version.error().error.code == Code::kCommandFailed;
    if (!may_come || clock_.steady() >= deadline) return tl::unexpected(std::move(version.error()));
    for (int i = 0; i < 5; ++i) {
      static_cast<void>(progress.stop_requested());  // sends heartbeats
      clock_.sleep_for(std::chrono::nanoseconds(kPause) / 5);
    }
  }
}

Outcome ComposeProjects::undo(const std::vector<const Release*>& releases,
                              const protocol::RuntimeState& before, Progress& progress) {
  const auto projects = projects_of(releases);
  if (projects.empty()) return {};
  if (auto there = wait_for_docker(progress); !there) {
    // A host without Docker started nothing that could be ended.
    return there.error().error.code == Code::kNotFound ? Outcome{} : there;
  }
  Outcome first;
  for (const ComposeSpec* spec : projects) {
    if (before.project(spec->project) != nullptr) continue;
    auto now = look_at(spec->project, progress);
    if (!now) {
      keep_first(first, tl::unexpected(std::move(now.error())));
    } else if (!now->containers.empty()) {
      keep_first(first, down(*spec, service_of(releases, spec->project), progress));
    }
  }
  return first;
}

Outcome ComposeProjects::bring_back(const std::vector<const Release*>& releases,
                                    const protocol::RuntimeState& before, Progress& progress) {
  const auto projects = projects_of(releases);
  if (projects.empty()) return {};
  if (auto there = wait_for_docker(progress); !there) {
    return before.projects.empty() && there.error().error.code == Code::kNotFound ? Outcome{}
                                                                                  : there;
  }
  Outcome first;
  for (const ComposeSpec* spec : projects) {
    const auto* state = before.project(spec->project);
    if (state == nullptr) continue;
    keep_first(first, restore_project(docker_, *state, releases, before.images, progress));
  }
  // Also of projects that were not there: what the failed release was called has no name now.
  keep_first(first, set_names(docker_, before.images, progress));
  return first;
}

}  // namespace gannet::agent
