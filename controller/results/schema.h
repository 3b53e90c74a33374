// Tables of results.db and how older files become newer ones.
#pragma once

#include <span>

namespace gannet::controller {

/// SQL that takes a database from version i to i + 1, for i = 0, 1, ... Append only: files of all
/// versions are out there. PRAGMA user_version holds the version of a file.
[[nodiscard]] std::span<const char* const> migrations();

}  // namespace gannet::controller
