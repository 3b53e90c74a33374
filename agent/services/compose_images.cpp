#include "agent/services/compose_images.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "agent/services/image_pull.h"

namespace gannet::agent {
namespace {

using protocol::ImageSpec;
using protocol::ImageTag;

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
                                   std::string id, Progress& progress) {
  const std::string pull = "pull " + image.reference;
  if (id.empty()) return WantedImage{&image, "", pull, "this host does not have it"};
  const bool ask = image.pull == protocol::PullPolicy::kAlways && !is_fixed_name(image.reference);
  if (!ask) return WantedImage{&image, std::move(id), "", ""};
  progress.step(change.wanted->service, pull);
  auto pulled = pull_image(
      docker,
      {image.reference, "", std::chrono::milliseconds(spec.timeout_ms), change.wanted->service},
      progress);
  if (pulled) return WantedImage{&image, std::move(*pulled), "", ""};
  return WantedImage{&image, "", pull, "it is not known yet: " + pulled.error().error.context};
}

/// What the names mean now that count for `spec`, asked for at once.
Answer<std::vector<ImageTag>> names_now(Docker& docker, const ServiceChange& change,
                                        const protocol::ComposeSpec& spec, Progress& progress) {
  std::vector<ImageTag> tags;
  std::vector<std::string> references;
  for (const ImageSpec& image : spec.images) {
    if (image.shipped() || !id_of(change.images, image.reference).empty()) continue;
    references.push_back(image.reference);
  }
  auto ids = docker.image_ids(references, progress);
  if (!ids) return tl::unexpected(std::move(ids.error()));
  tags.reserve(ids->size());
  for (std::size_t i = 0; i < ids->size(); ++i) tags.push_back({references[i], (*ids)[i]});
  return tags;
}

}  // namespace

Answer<std::vector<WantedImage>> wanted_images(Docker& docker, const ServiceChange& change,
                                               const protocol::ComposeSpec& spec,
                                               Progress& progress) {
  auto names = names_now(docker, change, spec, progress);
  if (!names) return tl::unexpected(std::move(names.error()));
  std::vector<WantedImage> all;
  for (const ImageSpec& image : spec.images) {
    const auto same = [&](const WantedImage& other) {
      return other.spec->reference == image.reference;
    };
    if (const auto known = std::find_if(all.begin(), all.end(), same); known != all.end()) {
      all.push_back({&image, known->id, "", ""});  // one image for several services
      continue;
    }
    if (std::string kept = id_of(change.images, image.reference); !kept.empty()) {
      all.push_back({&image, std::move(kept), "", ""});
      continue;
    }
    auto wanted = image.shipped() ? wanted_shipped(docker, image, progress)
                                  : wanted_by_name(docker, change, spec, image,
                                                   id_of(*names, image.reference), progress);
    if (!wanted) return tl::unexpected(std::move(wanted.error()));
    all.push_back(std::move(*wanted));
  }
  return all;
}

std::vector<WantedImage> wanted_images(const protocol::ComposeSpec& spec,
                                       const std::vector<protocol::ImageTag>& images) {
  std::vector<WantedImage> all;
  all.reserve(spec.images.size());
  for (const ImageSpec& image : spec.images) {
    all.push_back({&image, id_of(images, image.reference), "", ""});
  }
  return all;
}

}  // namespace gannet::agent
