// Runs a function that may hang in the kernel (a dead NFS mount) in a process of its own.
#pragma once

#include <chrono>
#include <functional>
#include <optional>

#include "agent/progress.h"
#include "base/result.h"
#include "protocol/wire.h"

namespace gannet::agent {

/// Calls `work` in a forked child and returns what it returned there; nullopt when it was not done
/// within `limit` or when stop was requested. The child holds none of this process's descriptors.
/// `work` must not use more than memory and the file system. Errors: kRemoteIo (fork, or the child
/// died).
[[nodiscard]] Result<std::optional<protocol::Bytes>> run_isolated(
    std::chrono::milliseconds limit, Progress& progress,
    const std::function<protocol::Bytes()>& work);

}  // namespace gannet::agent
