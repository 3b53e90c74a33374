// Starts programs with clean descriptors and signals. Used by process.cpp.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <sys/types.h>

#include "base/result.h"
#include "base/unique_fd.h"

namespace gannet::agent {

/// A started command and our ends of its pipes (non-blocking). The owner must reap `pid`.
struct Spawned {
  pid_t pid = -1;      ///< also the id of its process group and session
  UniqueFd input;      ///< not valid: its stdin is /dev/null
  UniqueFd output;     ///< its stdout
  UniqueFd errors;     ///< its stderr
  UniqueFd exit_news;  ///< readable when it has ended; not valid on kernels before 5.3
};

/// Starts /bin/sh -c `command` in a session of its own, with default signals and no descriptor
/// but 0, 1 and 2. `environment` comes on top of our own; of one name the last counts. Errors:
/// kRemoteIo.
[[nodiscard]] Result<Spawned> spawn_shell(
    const std::string& command, const std::vector<std::pair<std::string, std::string>>& environment,
    bool with_stdin);

}  // namespace gannet::agent
