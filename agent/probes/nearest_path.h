// Paths that need not exist yet.
#pragma once

#include <string>

namespace gannet::agent {

/// `path` itself when something is there, else its nearest parent that exists; at last "/".
[[nodiscard]] std::string nearest_existing(std::string path);

/// The same, but only directories count.
[[nodiscard]] std::string nearest_directory(std::string path);

}  // namespace gannet::agent
