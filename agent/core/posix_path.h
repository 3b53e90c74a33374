// How PosixFileSystem reaches a path without being led elsewhere, and what errno means to us.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace gannet::agent {

/// A directory that was reached, and the last component in it.
struct Place {
  UniqueFd parent;   ///< O_PATH
  std::string name;  ///< "." for the root directory
};

/// Walks to the parent of `path`. Symlinks among the parents: see FileSystem.
/// Errors: kNotFound when a parent is missing, kConflict for a symlink that is not trusted.
[[nodiscard]] Result<Place> reach(const std::string& path);

/// Walks to the directory `path` itself; its last component is a parent like any other.
/// The descriptor is opened with `flags` besides O_DIRECTORY and O_CLOEXEC.
[[nodiscard]] Result<UniqueFd> reach_dir(const std::string& path, int flags);

/// An error for errno `number` after `what` ("rename /etc/x"), with its code and hint.
[[nodiscard]] tl::unexpected<Error> fail_system(const std::string& what, int number);

}  // namespace gannet::agent
