// A child process on the loop: its pipes and its end.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include <sys/types.h>

#include "base/result.h"
#include "base/unique_fd.h"
#include "controller/ssh/transport.h"

namespace gannet::controller {

/// What spawn_shell() started. All descriptors are ours, close-on-exec and non-blocking.
struct LocalProcess {
  pid_t pid = -1;
  UniqueFd in;    ///< its stdin
  UniqueFd out;   ///< its stdout
  UniqueFd err;   ///< its stderr
  UniqueFd life;  ///< a pidfd: readable when it has ended
};

/// Starts `/bin/sh -c command` in a process group of its own. Errors: kIo.
[[nodiscard]] Result<LocalProcess> spawn_shell(
    const std::string& command, const std::map<std::string, std::string>& environment);

/// Collects an ended child; nullopt while it runs. Never blocks.
[[nodiscard]] std::optional<ExitStatus> reap(const LocalProcess& process);

}  // namespace gannet::controller
