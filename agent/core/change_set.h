// What a set of releases means for this host's paths. prepare and apply ask the same question here.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/core/engine.h"
#include "agent/core/owners.h"
#include "agent/core/snapshot.h"
#include "base/result.h"
#include "protocol/release.h"

namespace gannet::agent {

struct ChangeSet {
  /// Every path of the new releases, and every path of the releases in force that is in none of
  /// the new ones: as it was before gannet took it, mostly absent. Sorted by path.
  std::vector<PathState> wanted;
  std::set<std::string> given_back;                  ///< paths whose original is put back
  Snapshot now;                                      ///< the same paths, as they are
  std::vector<std::optional<KeptRelease>> in_force;  ///< per release, same order

  /// The state of `path` now. It must be one of the set.
  [[nodiscard]] const PathState& current(const std::string& path) const;
  [[nodiscard]] const PathState& goal(const std::string& path) const;
};

/// Works the set out. Errors: kInvalidInput for what must never reach a file system, two services
/// that want one path, unknown owners; kConflict for destinations that are no regular file or lie
/// behind a symlink; kPermission for what could not be put back.
[[nodiscard]] Result<ChangeSet> work_out(const Engine& engine,
                                         const std::vector<protocol::Release>& releases,
                                         const Owners& owners);

}  // namespace gannet::agent
