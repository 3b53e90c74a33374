// Starts `gannet-agent watchdog` as a process that outlives this session.
#pragma once

#include <chrono>
#include <string>

#include "agent/host_state.h"
#include "base/result.h"

namespace gannet::agent {

/// Descriptor on which the new process says that it watches: inherited across exec.
inline constexpr int kReadyFd = 3;

/// Double fork, setsid, no inherited descriptors, working directory "/".
class ProcessWatchdog final : public WatchdogLauncher {
 public:
  /// `program`: what to start; this very program when it is /proc/self/exe. `state_dir`: absolute.
  ProcessWatchdog(std::string program, std::string state_dir)
      : program_(std::move(program)), state_dir_(std::move(state_dir)) {}

  /// Errors: kRemoteIo when it cannot be started, or does not report within 10 s.
  [[nodiscard]] Result<> arm(const std::string& transaction,
                             std::chrono::milliseconds deadline) override;

 private:
  std::string program_;
  std::string state_dir_;
};

/// In the new process: tells the starter that it watches, and closes kReadyFd. Does nothing when
/// nobody asked (started by hand).
void report_ready();

}  // namespace gannet::agent
