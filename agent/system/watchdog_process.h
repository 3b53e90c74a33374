// Starts `gannet-agent watchdog` as a process that outlives this session.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "agent/host_state.h"
#include "agent/system/posix.h"
#include "base/result.h"

namespace gannet::agent {

/// Descriptor on which the new process says that it watches: inherited across exec.
inline constexpr int kReadyFd = 3;

/// Where root can have systemd do it: a service of its own, which no end of a session touches, and
/// a unit that looks after the transaction at boot (boot_unit.h). Else a detached process: double
/// fork, setsid, no inherited descriptors, working directory "/".
class ProcessWatchdog final : public WatchdogLauncher {
 public:
  struct Host {
    HostTree tree;      ///< where systemd's files are
    bool root = false;  ///< the agent's user may ask systemd
  };

  /// `program`: what to start; this very program when it is /proc/self/exe. `state_dir`: absolute.
  ProcessWatchdog(std::string program, std::string state_dir, Host host)
      : program_(std::move(program)), state_dir_(std::move(state_dir)), host_(std::move(host)) {}
  ProcessWatchdog(std::string program, std::string state_dir)
      : ProcessWatchdog(std::move(program), std::move(state_dir), Host{}) {}

  /// Errors: kRemoteIo when it cannot be started, or does not report within 10 s; those of
  /// BootUnit::install(), but a read-only /etc: there a reboot is mended at the next contact.
  [[nodiscard]] Result<> arm(const std::string& transaction,
                             std::chrono::milliseconds deadline) override;
  /// Removes the unit for the boot.
  [[nodiscard]] Result<std::vector<std::string>> forget() override;

 private:
  [[nodiscard]] Result<> detach(std::vector<std::string> words) const;
  [[nodiscard]] bool hand_to_systemd(const std::string& program, const std::string& transaction,
                                     const std::vector<std::string>& words) const;

  std::string program_;
  std::string state_dir_;
  Host host_;
};

/// In the new process: tells the starter, or systemd ($NOTIFY_SOCKET), that it watches, and closes
/// kReadyFd. Does nothing when nobody asked (started by hand).
void report_ready();

}  // namespace gannet::agent
