#include "agent/services/image_pull.h"

#include <algorithm>
#include <utility>

namespace gannet::agent {
namespace {

/// Puts a name back. Done even when the controller is gone: only names, and quick.
Outcome restore_name(Docker& docker, const PullOrder& order, const std::string& before) {
  NoProgress nobody;
  auto now = docker.image_id(order.reference, nobody);
  if (!now) return tl::unexpected(std::move(now.error()));
  if (*now == before) return {};
  if (!before.empty()) return docker.tag(before, order.reference, nobody);
  return order.hold.empty() ? Outcome{} : docker.untag(order.reference, nobody);
}

Answer<std::string> pull_and_hold(Docker& docker, const PullOrder& order, Progress& progress) {
  ToolRun run;
  run.words = {"docker", "pull", "--quiet", order.reference};
  run.timeout = order.timeout;
  run.service = order.service;
  auto pulled = docker.run(run, "docker pull " + order.reference, progress);
  if (!pulled) return pulled;
  auto id = docker.image_id(order.reference, progress);
  if (!id) return id;
  if (id->empty()) {
    return tl::unexpected(Failure{
        {Code::kCommandFailed, "docker pull " + order.reference + ": the image is gone again",
         "stop what removes images on this host, then deploy again"},
        {}});
  }
  if (order.hold.empty()) return id;
  if (auto held = docker.tag(*id, order.hold, progress); !held) {
    return tl::unexpected(std::move(held.error()));
  }
  return id;
}

}  // namespace

Answer<std::string> pull_image(Docker& docker, const PullOrder& order, Progress& progress) {
  auto before = docker.image_id(order.reference, progress);
  if (!before) return before;
  auto pulled = pull_and_hold(docker, order, progress);
  auto restored = restore_name(docker, order, *before);
  if (pulled && !restored) return tl::unexpected(std::move(restored.error()));
  return pulled;
}

std::string shipped_name(const protocol::ImageSpec& image) {
  return "gannet.local/shipped:" + image.config.hex();
}

Answer<std::string> shipped_image(Docker& docker, const protocol::ImageSpec& image,
                                  Progress& progress) {
  auto id = docker.image_id("sha256:" + image.config.hex(), progress);
  if (!id || !id->empty()) return id;
  return docker.image_id(shipped_name(image), progress);
}

Outcome set_names(Docker& docker, const std::vector<protocol::ImageTag>& tags, Progress& progress) {
  std::vector<std::string> references;
  references.reserve(tags.size());
  for (const auto& tag : tags) references.push_back(tag.reference);
  auto now = docker.image_ids(references, progress);
  if (!now) return tl::unexpected(std::move(now.error()));
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if ((*now)[i] == tags[i].id) continue;
    auto done = tags[i].id.empty() ? docker.untag(tags[i].reference, progress)
                                   : docker.tag(tags[i].id, tags[i].reference, progress);
    if (!done) return done;
  }
  return {};
}

std::string id_of(const std::vector<protocol::ImageTag>& images, const std::string& reference) {
  const auto found = std::find_if(images.begin(), images.end(),
                                  [&](const auto& image) { return image.reference == reference; });
  return found == images.end() ? std::string() : found->id;
}

}  // namespace gannet::agent
