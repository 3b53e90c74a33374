#include "agent/services/compose_images.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "agent/services/image_pull.h"

namespace gannet::agent {
namespace {

using protocol::ImageSpec;

Answer<WantedImage> wanted_shipped(Docker& docker, const ImageSpec& image, Progress& progress) {
  auto id = shipped_image(docker, image, progress);
  if (!id) return tl::unexpected(std::move(id.error()));
  if (!id->empty()) return WantedImage{&image, std::move(*id), "", ""};
  return WantedImage{&image, "sha256:" + image.config.hex(),
                     "load " + image.reference + ", " + std::to_string(image.layers.size()) +
                         (image.layers.size() == 1 ? " layer" : " layers"),
                     "this host does not have it"};
}

Answer<WantedImage> wanted_by_name(Docker& docker, const ServiceChange& change,
                                   const protocol::ComposeSpec& spec, const ImageSpec& image,
                                   Progress& progress) {
  auto id = docker.image_id(image.reference, progress);
  if (!id) return tl::unexpected(std::move(id.error()));
  const std::string pull = "pull " + image.reference;
  if (id->empty()) return WantedImage{&image, "", pull, "this host does not have it"};
  const bool ask = image.pull == protocol::PullPolicy::kAlways && !is_fixed_name(image.reference);
  if (!ask) return WantedImage{&image, std::move(*id), "", ""};
  progress.step(change.wanted->service, pull);
  auto pulled = pull_image(
      docker,
      {image.reference, "", std::chrono::milliseconds(spec.timeout_ms), change.wanted->service},
      progress);
  if (pulled) return WantedImage{&image, std::move(*pulled), "", ""};
  return WantedImage{&image, "", pull, "it is not known yet: " + pulled.error().error.context};
}

Answer<WantedImage> wanted_image(Docker& docker, const ServiceChange& change,
                                 const protocol::ComposeSpec& spec, const ImageSpec& image,
                                 Progress& progress) {
  const std::string kept = id_of(change.images, image.reference);
  if (!kept.empty()) return WantedImage{&image, kept, "", ""};
  if (image.shipped()) return wanted_shipped(docker, image, progress);
  return wanted_by_name(docker, change, spec, image, progress);
}

}  // namespace

Answer<std::vector<WantedImage>> wanted_images(Docker& docker, const ServiceChange& change,
                                               const protocol::ComposeSpec& spec,
                                               Progress& progress) {
  std::vector<WantedImage> all;
  for (const ImageSpec& image : spec.images) {
    const auto same = [&](const WantedImage& other) {
      return other.spec->reference == image.reference;
    };
    if (const auto known = std::find_if(all.begin(), all.end(), same); known != all.end()) {
      all.push_back({&image, known->id, "", ""});  // one image for several services
      continue;
    }
    auto wanted = wanted_image(docker, change, spec, image, progress);
    if (!wanted) return tl::unexpected(std::move(wanted.error()));
    all.push_back(std::move(*wanted));
  }
  return all;
}

std::vector<WantedImage> wanted_images(const protocol::ComposeSpec& spec,
                                       const std::vector<protocol::ImageTag>& images) {
  std::vector<WantedImage> all;
  for (const ImageSpec& image : spec.images) {
    all.push_back({&image, id_of(images, image.reference), "", ""});
  }
  return all;
}

}  // namespace gannet::agent
