#include "agent/services/compose_decision.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace gannet::agent {
namespace {

using protocol::ComposeSpec;

std::string last_part(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

/// True when `path` is in `list`, or in one of its folders ("/opt/app/").
bool is_named(const std::vector<std::string>& list, const std::string& path) {
  return std::any_of(list.begin(), list.end(), [&](const std::string& entry) {
    return entry == path || (entry.ends_with('/') && path.starts_with(entry));
  });
}

bool has_service(const ComposeSpec& spec, const std::string& service) {
  return std::any_of(spec.images.begin(), spec.images.end(),
                     [&](const auto& image) { return image.service == service; });
}

class ProjectDecision {
 public:
  ProjectDecision(const ServiceChange& change, const ComposeSpec& spec, const ProjectView& now)
      : change_(change),
        spec_(spec),
        now_(now),
        before_(find_project(change.in_force, spec.project)) {}

  ComposeDecision make(const std::vector<WantedImage>& images) {
    for (const WantedImage& image : images) {
      if (!image.act.empty()) decision_.actions.push_back({image.act, image.why});
    }
    if (now_.containers.empty()) {
      decision_.up = true;
      decision_.actions.push_back({"start project " + spec_.project, "it has no containers"});
      return std::move(decision_);
    }
    for (const std::string& path : change_.changed) look_at_file(path);
    look_at_definition();
    for (const WantedImage& image : images) look_at_image(image);
    if (!reasons_.empty()) {
      decision_.up = true;
      decision_.actions.push_back({"recreate " + spec_.project, join(reasons_, ", ")});
    }
    for (const auto& image : spec_.images) look_for_containers(image.service);
    look_for_leftovers();
    return std::move(decision_);
  }

 private:
  void reason(std::string text) {
    if (!contains(reasons_, text)) reasons_.push_back(std::move(text));
  }

  void look_at_file(const std::string& path) {
    if (is_named(spec_.recreate_on, path)) {
      decision_.recreate = true;
      reason(last_part(path) + " changes");
    } else if (contains(spec_.files, path)) {
      reason("compose file changes");
    } else if (contains(spec_.env_files, path)) {
      reason("environment file changes");
    } else if (path.starts_with(spec_.directory + "/") && is_of_wanted(path)) {
      reason(last_part(path) + " changes");  // an env_file of a service: Compose knows
    }
  }

  [[nodiscard]] bool is_of_wanted(const std::string& path) const {
    const auto& files = change_.wanted->files;
    return std::any_of(files.begin(), files.end(),
                       [&](const auto& file) { return file.path == path; });
  }

  /// Containers tell from which files they were made; profiles only the release in force.
  void look_at_definition() {
    if (!now_.files.empty() && now_.files != spec_.files) {
      reason("compose file is now " + join(spec_.files, ", "));
    }
    if (before_ == nullptr) return;
    if (before_->env_files != spec_.env_files) reason("environment file changes");
    if (before_->profiles != spec_.profiles) reason("profiles change");
    if (before_->directory != spec_.directory) reason("directory is now " + spec_.directory);
  }

  void look_at_image(const WantedImage& image) {
    for (const ProjectContainer& container : now_.containers) {
      if (container.state.service != image.spec->service) continue;
      if (!image.id.empty() && container.state.image == image.id) continue;
      reason(image_change(image, container.state));
    }
  }

  static std::string image_change(const WantedImage& image,
                                  const protocol::ContainerState& container) {
    const std::string& service = image.spec->service;
    if (!image.id.empty()) {
      return "image " + service + " is now " + short_id(image.id) + " (was " +
             short_id(container.image) + ")";
    }
    if (container.reference == image.spec->reference) return "image " + service + " is fetched";
    return "image " + service + " is now " + image.spec->reference + " (was " +
           container.reference + ")";
  }

  void look_for_containers(const std::string& service) {
    bool any = false;
    for (const ProjectContainer& container : now_.containers) {
      if (container.state.service != service) continue;
      any = true;
      if (container.runs() || container.is_done() || !reasons_.empty()) continue;
      start(service, container.state.name + " is " + container.state.status);
    }
    if (!any) start(service, "it has no container");
  }

  void start(const std::string& service, std::string why) {
    decision_.up = true;
    decision_.actions.push_back({"start " + spec_.project + "/" + service, std::move(why)});
  }

  void look_for_leftovers() {
    if (before_ == nullptr) return;
    for (const auto& image : before_->images) {
      if (has_service(spec_, image.service)) continue;
      const bool runs = std::any_of(
          now_.containers.begin(), now_.containers.end(),
          [&](const auto& container) { return container.state.service == image.service; });
      if (!runs) continue;
      decision_.up = true;
      decision_.actions.push_back({"stop containers of " + spec_.project + "/" + image.service,
                                   "the service is no longer there"});
    }
  }

  const ServiceChange& change_;
  const ComposeSpec& spec_;
  const ProjectView& now_;
  const ComposeSpec* before_;
  std::vector<std::string> reasons_;
  ComposeDecision decision_;
};

}  // namespace

const ComposeSpec* find_project(const protocol::Release* release, const std::string& name) {
  if (release == nullptr) return nullptr;
  for (const ComposeSpec& spec : release->projects) {
    if (spec.project == name) return &spec;
  }
  return nullptr;
}

ComposeDecision decide(const ServiceChange& change, const ComposeSpec& spec, const ProjectView& now,
                       const std::vector<WantedImage>& images) {
  return ProjectDecision(change, spec, now).make(images);
}

}  // namespace gannet::agent
