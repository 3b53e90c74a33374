// A release over the whole fleet: waves, failure budget, and back again.
#pragma once

#include <string>
#include <vector>

#include "controller/deploy/deployment.h"
#include "controller/deploy/operations.h"
#include "controller/deploy/release_jobs.h"
#include "controller/deploy/waves.h"

namespace gannet::controller {

/// Plans, asks, rolls out and, when too many hosts fail, takes back what this run has done.
class RollOut {
 public:
  RollOut(FleetRun& run, ReleaseJobs& jobs, std::string reason);

  /// The whole of it, for deploy and rollback. `confirm` may be empty.
  [[nodiscard]] Task<> run(Confirm confirm);

  /// Only the plan, for plan and rollback --plan: fills `plans`, one per host.
  [[nodiscard]] Task<> plan(std::vector<HostPlan>* plans);

 private:
  [[nodiscard]] bool preflight_passed();
  void leave_out(std::size_t host);
  void finish_unchanged();
  void assign_waves();
  [[nodiscard]] Task<> fill_plan(std::size_t host, std::vector<HostPlan>* plans);
  [[nodiscard]] Task<bool> confirmed(Confirm confirm);
  [[nodiscard]] Task<> deploy_waves();
  [[nodiscard]] Task<> deploy_host(std::size_t host);
  void record(HostJob& job, Verdict verdict);
  [[nodiscard]] Task<> take_back_fleet();
  [[nodiscard]] Task<> take_back_host(std::size_t host);
  [[nodiscard]] std::vector<std::size_t> hosts_to_take_back();
  [[nodiscard]] Task<Result<>> prepare_previous(HostJob* job, HostJob* back);
  [[nodiscard]] Task<Result<>> check_previous(HostJob* back);
  void tell_who_missed_it();
  void tell_mixed_images();
  void skip_rest(const std::string& why);
  [[nodiscard]] DeploymentPlan deployment_plan(std::string reason) const;
  [[nodiscard]] std::string budget_text() const;

  FleetRun& run_;
  ReleaseJobs& jobs_;
  const playbooks::Strategy& strategy_;
  std::string reason_;
  Uploader uploader_;
  FailureBudget budget_;
  std::vector<std::vector<std::size_t>> waves_;
  std::size_t wave_ = 0;  ///< the one under way, or the last
};

}  // namespace gannet::controller
