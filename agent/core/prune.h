// Frees what no kept release and no open journal refers to. Nothing else, ever.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/core/engine.h"
#include "base/result.h"

namespace gannet::agent {

/// Keeps the `keep` last committed releases of each service, the one in force and those that an
/// open journal would go back to. Returns how many it dropped.
[[nodiscard]] Result<std::uint32_t> prune_releases(const Engine& engine,
                                                   const std::vector<std::string>& services,
                                                   std::uint32_t keep);

/// Drops blobs that nothing refers to, and temporary ones; unless another session is between its
/// prepare and its apply, and so may count on one. Then a later call does it.
[[nodiscard]] Result<> prune_blobs(const Engine& engine);

}  // namespace gannet::agent
