// The real HostActions: shell commands and probes on this host.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "agent/host_actions.h"
#include "agent/system/posix.h"
#include "base/clock.h"

namespace gannet::agent {

class SystemActions final : public HostActions {
 public:
  /// `tree` is where probes read the kernel's files. `clock` and `services` must outlive the
  /// object.
  SystemActions(HostTree tree, Clock& clock, ServiceManager& services)
      : tree_(std::move(tree)), clock_(clock), services_(services) {}

  /// Tells what the controller's clock said (UTC ms) when a message of it arrived at `host_ms`.
  /// The probe of CheckKind::kClock compares with the latest.
  void note_controller_clock(std::int64_t controller_ms, std::int64_t host_ms);

  [[nodiscard]] Result<CommandResult> run_hook(const std::string& service,
                                               const protocol::Hook& hook,
                                               Progress& progress) override;
  [[nodiscard]] std::vector<protocol::Finding> run_checks(
      const std::vector<protocol::Check>& checks, Progress& progress) override;
  [[nodiscard]] ServiceManager& services() override { return services_; }
  bool wait(std::chrono::milliseconds duration, Progress& progress) override;

 private:
  HostTree tree_;
  Clock& clock_;
  ServiceManager& services_;
  std::int64_t clock_ahead_ms_ = 0;  ///< host's clock minus the controller's
  bool clock_known_ = false;
};

}  // namespace gannet::agent
