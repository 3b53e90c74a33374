#include "playbooks/compose_images.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace gannet::playbooks {
namespace {

using inventory::in_quotes;

constexpr int kMaxExtends = 16;  // services that extend services

}  // namespace

void ComposeImages::add(const std::string& file, const std::string& folder, ComposeFile parsed) {
  files_[file] = File{folder, std::move(parsed.services)};
}

void ComposeImages::take_part(const std::string& file) {
  if (std::ranges::find(taking_part_, file) == taking_part_.end()) taking_part_.push_back(file);
}

void ComposeImages::fill(RenderedCompose& project) {
  for (const std::string& file : taking_part_) {
    for (const ComposeFileService& one : files_[file].services) {
      if (!merged_.contains(one.name)) names_.push_back(one.name);
      Merged& service = merged_[one.name];
      merge(file, one, service, 0);
      for (const PlacedText& profile : one.profiles) {
        if (auto name = variables_.expand(profile, scope_)) {
          service.profiles.push_back(std::move(*name));
        }
      }
    }
  }
  for (const std::string& name : names_) {
    const Merged& service = merged_[name];
    if (has_active_profile(service.profiles, project.profiles)) fill_one(name, service, project);
  }
  check_origins();
}

void ComposeImages::merge(const std::string& file, const ComposeFileService& one, Merged& service,
                          int depth) {
  if (!one.extends.empty() && depth < kMaxExtends) inherit(file, one, service, depth);
  if (one.image.given()) service.image = one.image;
  if (one.pull_policy.given()) service.pull_policy = one.pull_policy;
  service.build = service.build || one.build;
  service.from = one.from;
}

void ComposeImages::inherit(const std::string& file, const ComposeFileService& one, Merged& service,
                            int depth) {
  std::string other = file;
  if (one.extends_file.given()) {
    const auto path = variables_.expand(one.extends_file, scope_);
    if (!path) return;
    other = std::filesystem::path(files_[file].folder + *path).lexically_normal().string();
  }
  const std::vector<ComposeFileService> services = files_[other].services;
  const auto base = std::ranges::find(services, one.extends, &ComposeFileService::name);
  if (base != services.end()) merge(other, *base, service, depth + 1);
}

void ComposeImages::fill_one(const std::string& name, const Merged& service,
                             RenderedCompose& project) {
  const auto origin = std::ranges::find(compose_.images, name, &ImageOrigin::service);
  const bool shipped = origin != compose_.images.end();
  if (!service.image.given() && !shipped) return refuse(name, service);
  std::string reference = project.project + "-" + name;  // what Compose calls what it builds
  if (service.image.given()) {
    auto expanded = variables_.expand(service.image, scope_);
    if (!expanded || !check_image_reference(*expanded, service.image.from, scope_)) return;
    reference = std::move(*expanded);
  }
  if (shipped) {
    project.sources.push_back(image_source(*origin, name, reference, scope_));
  } else {
    project.images.push_back({name, std::move(reference), pull_of(service)});
  }
}

void ComposeImages::refuse(const std::string& name, const Merged& service) {
  const std::size_t before = scope_.problems();
  if (!service.build) {
    scope_.add(service.from, "service " + in_quotes(name) + " has no image", "give it \"image\"");
    return scope_.give_rule("GN-IMAGE-001", before);
  }
  scope_.add(
      service.from,
      "service " + in_quotes(name) +
          " has \"build\" and no \"image\": gannet does not "
          "build on hosts",
      "build the image and ship it with images: { " + name + ": { local: \"" + name + ":dev\" } }");
  scope_.give_rule("GN-IMAGE-001", before);
}

ImagePull ComposeImages::pull_of(const Merged& service) const {
  if (compose_.pull) return *compose_.pull;
  if (service.pull_policy.value == "always") return ImagePull::kAlways;
  return service.pull_policy.value == "never" ? ImagePull::kNever : ImagePull::kMissing;
}

void ComposeImages::check_origins() {
  for (const ImageOrigin& origin : compose_.images) {
    if (merged_.contains(origin.service)) continue;
    scope_.add(origin.from,
               "\"images\" names " + in_quotes(origin.service) +
                   ", which is no service of the Compose file",
               "services: " + join(names_, ", "), inventory::did_you_mean(origin.service, names_));
  }
}

bool has_active_profile(const std::vector<std::string>& profiles,
                        const std::vector<std::string>& wanted) {
  if (profiles.empty()) return true;
  return std::ranges::any_of(wanted, [&](const std::string& one) {
    return one == "*" || std::ranges::find(profiles, one) != profiles.end();
  });
}

bool check_image_reference(const std::string& reference, const SourceLocation& from,
                           RenderScope& scope) {
  const bool odd =
      reference.empty() || reference.front() == '-' || std::ranges::any_of(reference, [](char c) {
        return static_cast<unsigned char>(c) <= 0x20U || c == 0x7F || c == '$';
      });
  if (odd) {
    const std::size_t before = scope.problems();
    scope.add(from, in_quotes(printable(reference)) + " is no name of an image",
              "write name:tag, or registry/name:tag");
    scope.give_rule("GN-IMAGE-001", before);
  }
  return !odd;
}

ImageSource image_source(const ImageOrigin& origin, const std::string& service,
                         const std::string& reference, RenderScope& scope) {
  ImageSource source;
  source.service = service;
  source.reference = reference;
  source.from = origin.from;
  if (origin.archive.given()) {
    source.archive = (scope.root / scope.expand(origin.archive)).lexically_normal();
  }
  source.local = scope.expand(origin.local);
  return source;
}

}  // namespace gannet::playbooks
