// What the agent itself finds out before a change: room for the bytes to come, and places where
// nothing can be written.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/core/change_set.h"
#include "agent/core/engine.h"
#include "base/hash.h"
#include "base/result.h"
#include "protocol/check.h"
#include "protocol/release.h"

namespace gannet::agent {

/// Room that shipped images take.
struct ImageNeeds {
  std::uint64_t upload_bytes = 0;  ///< in the content store
  std::uint64_t upload_count = 0;
  std::uint64_t load_bytes = 0;  ///< of layers that Docker lacks; it holds two copies for a while
  std::string folder{};          ///< where Docker keeps its images; empty: not known
};

/// `missing`: blobs that will be uploaded; `to_load`: blobs of images that Docker lacks.
[[nodiscard]] ImageNeeds image_needs(const std::vector<protocol::Release>& releases,
                                     const std::vector<Digest>& missing,
                                     const std::vector<Digest>& to_load);

/// Failing findings only, kinds kDisk and kWritable, each with path and fix; none: all is well.
/// `missing` are the blobs that will be uploaded.
[[nodiscard]] Result<std::vector<protocol::Finding>> preflight(const Engine& engine,
                                                               const ChangeSet& set,
                                                               const std::vector<Digest>& missing,
                                                               const ImageNeeds& images);

}  // namespace gannet::agent
