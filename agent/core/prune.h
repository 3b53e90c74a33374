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

/// What becomes of blobs that were uploaded and not applied.
enum class Unapplied : std::uint8_t {
  kDrop,
  /// Kept for a day, so that the next try need not send them again; unless they take more room than
  /// is free. upload_mark stays as long as there are some.
  kKeepForADay,
};

/// Drops blobs that nothing refers to, and temporary ones; unless another session is between its
/// prepare and its apply, and so may count on one. Then a later call does it.
[[nodiscard]] Result<> prune_blobs(const Engine& engine, Unapplied unapplied);

}  // namespace gannet::agent
