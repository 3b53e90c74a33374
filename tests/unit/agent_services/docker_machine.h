// A Docker of the test's own: daemon, images and containers in a temporary folder and a network
// namespace of their own.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "agent/services/blob_source.h"
#include "protocol/activation.h"

namespace gannet::agent {

/// Blobs in memory.
class MemoryBlobs final : public BlobSource {
 public:
  Result<std::unique_ptr<BlobReader>> open(const Digest& digest) override;
  Digest add(std::string content);

  std::map<Digest, std::string> blobs;
};

class DockerMachine {
 public:
  /// Why there can be no such machine here; empty: there can.
  [[nodiscard]] static std::string missing();

  /// Starts the daemon and waits until it answers; after that DOCKER_HOST names it.
  DockerMachine();
  /// Ends it and removes everything.
  ~DockerMachine();
  DockerMachine(const DockerMachine&) = delete;
  DockerMachine& operator=(const DockerMachine&) = delete;

  [[nodiscard]] bool answers() const { return answers_; }
  [[nodiscard]] std::filesystem::path folder() const { return folder_; }
  /// What the daemon printed.
  [[nodiscard]] std::string log() const;

 private:
  std::filesystem::path folder_;
  pid_t daemon_ = -1;
  bool answers_ = false;
};

/// What a shell command prints; its exit code is not looked at.
std::string shell(const std::string& command);

/// An image of two layers: one that all have, and one that holds `version` and the program of the
/// containers. Its blobs are added to `blobs`.
[[nodiscard]] protocol::ImageSpec make_image(MemoryBlobs& blobs, const std::string& service,
                                             const std::string& reference,
                                             const std::string& version);

}  // namespace gannet::agent
