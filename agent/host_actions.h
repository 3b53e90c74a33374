// What a transaction does to its host besides files: commands, checks, services. The real one is
// SystemActions (process.h, probes/); tests use a script of answers.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "agent/progress.h"
#include "agent/service_manager.h"
#include "base/result.h"
#include "protocol/check.h"
#include "protocol/release.h"

namespace gannet::agent {

/// How a command ended.
struct CommandResult {
  int exit_code = 0;  ///< 128 + signal when killed by one
  bool timed_out = false;
  bool stopped = false;                 ///< ended because Progress::stop_requested()
  std::vector<std::string> last_lines;  ///< of stdout and stderr together, at most 20
  [[nodiscard]] bool ok() const { return exit_code == 0 && !timed_out && !stopped; }
};

class HostActions {
 public:
  virtual ~HostActions() = default;

  /// Runs `hook` through /bin/sh -c in its own process group with stdin from /dev/null, sending
  /// its output as events. Kills the whole group at the deadline (TERM, after 2 s KILL).
  /// Errors: kRemoteIo when it cannot be started.
  [[nodiscard]] virtual Result<CommandResult> run_hook(const std::string& service,
                                                       const protocol::Hook& hook,
                                                       Progress& progress) = 0;

  /// Runs each check once; one finding per check, same order. Never fails as a whole.
  [[nodiscard]] virtual std::vector<protocol::Finding> run_checks(
      const std::vector<protocol::Check>& checks, Progress& progress) = 0;

  /// What runs besides commands. Lives as long as this object.
  [[nodiscard]] virtual ServiceManager& services() = 0;

  /// Waits, keeping the link alive. Returns false when stop was requested meanwhile.
  virtual bool wait(std::chrono::milliseconds duration, Progress& progress) = 0;
};

}  // namespace gannet::agent
