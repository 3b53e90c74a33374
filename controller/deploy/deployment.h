// One host's way from prepared to deployed, or back.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/deploy/blob_upload.h"
#include "controller/deploy/fleet_run.h"
#include "controller/deploy/release_jobs.h"
#include "controller/deploy/truth.h"

namespace gannet::controller {

/// To commit, where no watchdog says how long.
inline constexpr std::chrono::seconds kNoWatchdogTime{30};
inline constexpr std::string_view kAsBefore = "; what was there before is back";
inline constexpr std::string_view kLookHint = "gannet status shows what is on the host";

/// What became of a host, and why.
struct Verdict {
  Outcome outcome = Outcome::kUnknown;
  std::string message;
  std::string hint;
  Code code = Code::kUnreachable;  ///< with kUnreachable: why
};

/// What a deployment of one host needs to know besides its job.
struct DeploymentPlan {
  std::string reason;  ///< "deploy v1.2.0": shown to whoever finds the host locked
  std::chrono::milliseconds watchdog{120'000};
  std::uint32_t keep_releases = 5;
  std::function<bool()> give_up;  ///< asked before the commit: true takes the change back
};

/// Uploads, applies and commits, or finds out what really happened.
///
/// kDeployed is said only when the host has confirmed the commit over a connection that was made
/// after the change. When the host cannot be asked, the answer is kUnknown with the time at which
/// it restores itself.
class HostDeployment {
 public:
  HostDeployment(FleetRun& run, Uploader& uploader, HostJob& job, DeploymentPlan plan);

  [[nodiscard]] Task<Verdict> deploy();

 private:
  [[nodiscard]] Task<Result<>> connect();
  [[nodiscard]] Task<Result<>> upload();
  [[nodiscard]] Task<Verdict> apply();
  [[nodiscard]] Task<Verdict> await_restart(const protocol::ApplyReply& reply);
  [[nodiscard]] Task<std::optional<Verdict>> go_on(Error reason);
  [[nodiscard]] Task<Verdict> commit();
  [[nodiscard]] Task<Result<>> try_commit();
  [[nodiscard]] Task<Verdict> take_back(Error reason);
  [[nodiscard]] Task<Verdict> learn(Error reason);
  [[nodiscard]] Task<std::optional<Verdict>> ask_host(Error reason);
  [[nodiscard]] Task<std::optional<Verdict>> settle_pending(Error reason, bool restarting);

  [[nodiscard]] protocol::ApplyRequest apply_request() const;
  [[nodiscard]] Verdict judge_apply(const protocol::ApplyReply& reply);
  [[nodiscard]] Verdict lost_for_good(const Error& reason) const;
  void on_event(const protocol::Event& event);
  [[nodiscard]] bool must_go_back() const;

  FleetRun& run_;
  Uploader& uploader_;
  HostJob& job_;
  DeploymentPlan plan_;
  std::vector<protocol::Release> releases_;  ///< those that change
  std::string transaction_;
  DeadlineTime restores_at_{};   ///< when the host's watchdog acts
  DeadlineTime commit_until_{};  ///< when trying to commit has to end
  bool restarting_ = false;      ///< between a planned restart and its gates
  bool reached_ = false;         ///< the last try_commit() got an agent to talk to
};

}  // namespace gannet::controller
