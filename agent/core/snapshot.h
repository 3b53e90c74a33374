// What is at a path, and what shall be there: snapshots and releases in the same words, so that
// going forward and going back are one piece of code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/core/content_store.h"
#include "agent/core/file_system.h"
#include "agent/core/owners.h"
#include "base/hash.h"
#include "base/result.h"
#include "protocol/release.h"

namespace gannet::agent {

/// A regular file, or nothing.
struct PathState {
  std::string path;
  bool exists = false;
  Digest content;          ///< this and what follows: only when it exists
  std::uint64_t size = 0;  ///< bytes
  std::uint32_t mode = 0;  ///< 0..07777
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;

  friend bool operator==(const PathState&, const PathState&) = default;
};

/// What is there now. Errors: kConflict when it is neither a file nor nothing (a symlink, a
/// directory) with the way out as hint; others as FileSystem.
[[nodiscard]] Result<PathState> look_at(FileSystem& files, const std::string& path);

/// What `entry` asks for. Errors: as Owners::resolve.
[[nodiscard]] Result<PathState> wanted_state(const protocol::FileEntry& entry,
                                             const Owners& owners);

/// What a change will touch, as it is now.
struct Snapshot {
  std::vector<PathState> paths;           ///< sorted by path
  std::vector<std::string> missing_dirs;  ///< parents that the change has to make, outermost first
  friend bool operator==(const Snapshot&, const Snapshot&) = default;
};

/// Looks at all `paths` (sorted) and, in one walk, at the parents of those in `parents_for`.
[[nodiscard]] Result<Snapshot> look_at_all(FileSystem& files, const std::vector<std::string>& paths,
                                           const std::vector<std::string>& parents_for);

/// Puts every content of the snapshot that the store has not into it. Content that changes while
/// it is copied is taken as copied. Errors: as FileSystem; then the store is as before.
[[nodiscard]] Result<> save_contents(const ContentStore& store, Snapshot& snapshot);

}  // namespace gannet::agent
