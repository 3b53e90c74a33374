// The images of Compose projects in the host's Docker: pulled, or loaded from shipped layers, and
// held by a name of gannet's as long as their release is kept.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "agent/services/blob_source.h"
#include "agent/services/docker_cli.h"
#include "agent/services/service_kind.h"

namespace gannet::agent {

class DockerImages final : public ImageStore {
 public:
  /// All must outlive the object. `memory`: as in ComposeProjects.
  DockerImages(Tools& tools, BlobSource& blobs, DockerMemory* memory = nullptr)
      : docker_(tools, memory), blobs_(blobs) {}

  [[nodiscard]] Result<std::vector<Digest>> missing_layers(const protocol::Release& release,
                                                           Progress& progress) override;
  [[nodiscard]] tl::expected<std::vector<protocol::ImageTag>, Failure> fetch(
      const ServiceChange& change, Progress& progress) override;
  [[nodiscard]] std::string image_folder(Progress& progress) override;
  [[nodiscard]] Result<> release_images(const protocol::Release& release) override;

 private:
  /// One image of a release on its way.
  struct Order {
    const protocol::Release* release = nullptr;
    const protocol::ComposeSpec* project = nullptr;
    const protocol::ImageSpec* image = nullptr;
    std::string hold;
  };

  [[nodiscard]] Answer<std::vector<protocol::ImageTag>> fetch_all(const protocol::Release& release,
                                                                  Progress& progress);
  [[nodiscard]] Answer<std::vector<protocol::ImageTag>> find_again(const ServiceChange& change,
                                                                   Progress& progress);
  [[nodiscard]] Answer<std::string> fetch_one(const Order& order, Progress& progress);
  [[nodiscard]] Answer<std::string> fetch_by_name(const Order& order, Progress& progress);
  [[nodiscard]] Answer<std::string> load(const Order& order, Progress& progress);
  [[nodiscard]] Answer<std::set<Digest>> layers_here(const protocol::ImageSpec& image,
                                                     Progress& progress);
  [[nodiscard]] Outcome forget_shipped(const protocol::ImageSpec& image, Progress& progress);

  Docker docker_;
  BlobSource& blobs_;
};

/// "gannet.local/api:20261123T100112Z-7f3a9c1e-0": holds the image until the release goes.
[[nodiscard]] std::string hold_name(const protocol::Release& release, std::size_t number);

}  // namespace gannet::agent
