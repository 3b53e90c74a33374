// What the agent itself finds out before a change: room for the bytes to come, and places where
// nothing can be written.
#pragma once

#include <vector>

#include "agent/core/change_set.h"
#include "agent/core/engine.h"
#include "base/hash.h"
#include "base/result.h"
#include "protocol/check.h"

namespace gannet::agent {

/// Failing findings only, kinds kDisk and kWritable, each with path and fix; none: all is well.
/// `missing` are the blobs that will be uploaded.
[[nodiscard]] Result<std::vector<protocol::Finding>> preflight(const Engine& engine,
                                                               const ChangeSet& set,
                                                               const std::vector<Digest>& missing);

}  // namespace gannet::agent
