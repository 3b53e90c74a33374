#include "agent/services/docker_images.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "agent/services/image_archive.h"
#include "agent/services/image_chains.h"
#include "agent/services/image_pull.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

using protocol::ImageSpec;
using protocol::ImageTag;
using protocol::PullPolicy;

/// Docker wants no separator at the end of a part of a name, and not three in a row.
std::string hold_repository(const std::string& service) {
  std::string name;
  for (const char c : service) {
    const bool separator = c == '-' || c == '_';
    if (!separator) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (name.ends_with('-')) name.pop_back();
  return "gannet.local/" + name;
}

Failure gone(const ImageTag& image) {
  return {
      {Code::kNotFound,
       "image " + image.reference + " (" + short_id(image.id) + ") is not on this host any more",
       "deploy that version again, so that it is fetched again"},
      {}};
}

std::chrono::milliseconds timeout_of(const protocol::ComposeSpec& project) {
  return std::chrono::milliseconds(project.timeout_ms);
}

void add_once(std::vector<Digest>& all, const Digest& digest) {
  if (std::find(all.begin(), all.end(), digest) == all.end()) all.push_back(digest);
}

}  // namespace

std::string hold_name(const protocol::Release& release, std::size_t number) {
  return hold_repository(release.service) + ":" + release.id + "-" + std::to_string(number);
}

Result<std::vector<Digest>> DockerImages::missing_layers(const protocol::Release& release,
                                                         Progress& progress) {
  std::vector<Digest> missing;
  for (const auto& project : release.projects) {
    for (const ImageSpec& image : project.images) {
      if (!image.shipped()) continue;
      const auto id = shipped_image(docker_, image, progress);
      if (id && !id->empty()) continue;
      // A Docker that does not answer is told by preflight; until then it has nothing.
      const auto here = id ? layers_here(image, progress) : std::set<Digest>{};
      add_once(missing, image.config);
      for (const auto& layer : image.layers) {
        if (!here || !here->contains(layer.diff_id)) add_once(missing, layer.diff_id);
      }
    }
  }
  return missing;
}

Answer<std::set<Digest>> DockerImages::layers_here(const ImageSpec& image, Progress& progress) {
  auto in_containerd = docker_.keeps_images_in_containerd(progress);
  if (!in_containerd) return tl::unexpected(std::move(in_containerd.error()));
  if (*in_containerd) return std::set<Digest>{};
  auto stored = docker_.stored_images(progress);
  if (!stored) return tl::unexpected(std::move(stored.error()));
  return known_layers(image, *stored);
}

tl::expected<std::vector<ImageTag>, Failure> DockerImages::fetch(const ServiceChange& change,
                                                                 Progress& progress) {
  if (!change.images.empty()) return find_again(change, progress);
  auto fetched = fetch_all(*change.wanted, progress);
  // Not half of them: what was fetched is not held, and goes when nothing else names it.
  if (!fetched) static_cast<void>(release_images(*change.wanted));
  return fetched;
}

Answer<std::vector<ImageTag>> DockerImages::find_again(const ServiceChange& change,
                                                       Progress& progress) {
  std::vector<std::string> ids;
  ids.reserve(change.images.size());
  for (const ImageTag& image : change.images) ids.push_back(image.id);
  auto found = docker_.image_ids(ids, progress);
  if (!found) return tl::unexpected(std::move(found.error()));
  for (std::size_t i = 0; i < ids.size(); ++i) {
    if ((*found)[i].empty()) return tl::unexpected(gone(change.images[i]));
    // It may be held already; a rollback may also come under a new id.
    auto held = docker_.tag(ids[i], hold_name(*change.wanted, i), progress);
    if (!held) return tl::unexpected(std::move(held.error()));
  }
  return change.images;
}

Answer<std::vector<ImageTag>> DockerImages::fetch_all(const protocol::Release& release,
                                                      Progress& progress) {
  std::vector<ImageTag> tags;
  for (const auto& project : release.projects) {
    for (const ImageSpec& image : project.images) {
      if (!id_of(tags, image.reference).empty()) continue;
      const Order order{&release, &project, &image, hold_name(release, tags.size())};
      auto id = fetch_one(order, progress);
      if (!id) return tl::unexpected(std::move(id.error()));
      tags.push_back({image.reference, std::move(*id)});
    }
  }
  return tags;
}

Answer<std::string> DockerImages::fetch_one(const Order& order, Progress& progress) {
  if (!order.image->shipped()) return fetch_by_name(order, progress);
  auto id = shipped_image(docker_, *order.image, progress);
  if (!id) return id;
  if (id->empty()) return load(order, progress);
  if (auto held = docker_.tag(*id, order.hold, progress); !held) {
    return tl::unexpected(std::move(held.error()));
  }
  return id;
}

Answer<std::string> DockerImages::fetch_by_name(const Order& order, Progress& progress) {
  const std::string& reference = order.image->reference;
  auto id = docker_.image_id(reference, progress);
  if (!id) return id;
  const bool must_be_here = order.image->pull == PullPolicy::kNever;
  if (id->empty() && must_be_here) {
    return tl::unexpected(Failure{{Code::kNotFound, "image " + reference + " is not on this host",
                                   "load it there, or set `pull: missing`"},
                                  {}});
  }
  if (id->empty() || order.image->pull == PullPolicy::kAlways) {
    progress.step(order.release->service, "pull " + reference);
    return pull_image(docker_,
                      {reference, order.hold, timeout_of(*order.project), order.release->service},
                      progress);
  }
  if (auto held = docker_.tag(*id, order.hold, progress); !held) {
    return tl::unexpected(std::move(held.error()));
  }
  return id;
}

Answer<std::string> DockerImages::load(const Order& order, Progress& progress) {
  const ImageSpec& image = *order.image;
  auto in_containerd = docker_.keeps_images_in_containerd(progress);
  if (!in_containerd) return tl::unexpected(std::move(in_containerd.error()));
  auto here = layers_here(image, progress);
  if (!here) return tl::unexpected(std::move(here.error()));
  std::vector<std::string> names = {order.hold};
  if (*in_containerd) names.push_back(shipped_name(image));
  ImageArchive archive(image, *here, names, blobs_);
  progress.step(order.release->service, "load " + image.reference + ", " +
                                            std::to_string(archive.layers_sent()) + " layers, " +
                                            format_size(archive.bytes_sent()));
  ToolRun run;
  run.words = {"docker", "load", "--quiet"};
  run.timeout = timeout_of(*order.project);
  run.service = order.release->service;
  run.input = [&archive](std::string& pending) { return archive.next(pending); };
  const std::string what = "docker load " + image.reference;
  auto loaded = docker_.run(run, what, progress);
  if (archive.error()) return tl::unexpected(failure_of(what, Error(*archive.error())));
  if (!loaded) return loaded;
  auto id = docker_.image_id(order.hold, progress);
  if (!id) return id;
  const bool is_it = *in_containerd ? !id->empty() : *id == "sha256:" + image.config.hex();
  if (is_it) return id;
  return tl::unexpected(
      Failure{{Code::kCorrupt,
               what + ": Docker made " + (id->empty() ? "nothing" : short_id(*id)) + " of it",
               "docker image prune on the host, then deploy again"},
              {}});
}

std::string DockerImages::image_folder(Progress& progress) {
  return docker_.image_folder(progress).value_or(std::string());
}

Result<> DockerImages::release_images(const protocol::Release& release) {
  NoProgress nobody;
  auto names = docker_.names_in(hold_repository(release.service), nobody);
  if (!names) return fail(std::move(names.error().error));
  Outcome first;
  const std::string mine = hold_repository(release.service) + ":" + release.id + "-";
  for (const std::string& name : *names) {
    if (!name.starts_with(mine)) continue;
    auto gone = docker_.untag(name, nobody);
    if (!gone && first) first = std::move(gone);
  }
  for (const auto& project : release.projects) {
    for (const ImageSpec& image : project.images) {
      if (!image.shipped()) continue;
      auto gone = forget_shipped(image, nobody);
      if (!gone && first) first = std::move(gone);
    }
  }
  if (!first) return fail(std::move(first.error().error));
  return {};
}

/// The second name goes when no other release holds the image.
Outcome DockerImages::forget_shipped(const ImageSpec& image, Progress& progress) {
  const std::string second = shipped_name(image);
  auto here = docker_.image_id(second, progress);
  if (!here) return tl::unexpected(std::move(here.error()));
  if (here->empty()) return {};
  ToolRun run;
  run.words = {"docker", "image", "inspect", "--format", "{{range .RepoTags}}{{println .}}{{end}}",
               second};
  auto names = docker_.run(run, "docker image inspect", progress);
  if (!names) return tl::unexpected(std::move(names.error()));
  for (const std::string& name : lines_of(*names)) {
    if (name != second && name.starts_with("gannet.local/")) return {};
  }
  return docker_.untag(second, progress);
}

}  // namespace gannet::agent
