// In which order a release goes out, and when it stops going out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "controller/deploy/outcome.h"
#include "playbooks/project.h"

namespace gannet::controller {

/// Splits `hosts` (indices, kept in order) into waves: first the canary, then batches. A batch in
/// percent is a share of the hosts behind the canary. No empty waves.
[[nodiscard]] std::vector<std::vector<std::size_t>> plan_waves(
    const std::vector<std::size_t>& hosts, const playbooks::Strategy& strategy);

/// True for outcomes that count against the failure budget.
[[nodiscard]] bool is_failure(Outcome outcome);

/// Counts failures of the whole fleet and says when they are too many.
class FailureBudget {
 public:
  explicit FailureBudget(const playbooks::Strategy& strategy)
      : max_(strategy.max_failures), on_failure_(strategy.on_failure) {}

  void count(Outcome outcome) { failures_ += is_failure(outcome) ? 1U : 0U; }

  /// More failures than allowed.
  [[nodiscard]] bool exceeded() const { return failures_ > max_; }
  /// No further host may be begun.
  [[nodiscard]] bool must_stop() const {
    return exceeded() && on_failure_ != playbooks::OnFailure::kContinue;
  }
  /// What this run has put on hosts has to go back.
  [[nodiscard]] bool must_roll_back() const {
    return exceeded() && on_failure_ == playbooks::OnFailure::kRollback;
  }
  [[nodiscard]] std::uint32_t failures() const { return failures_; }
  [[nodiscard]] std::uint32_t allowed() const { return max_; }

 private:
  std::uint32_t max_;
  playbooks::OnFailure on_failure_;
  std::uint32_t failures_ = 0;
};

}  // namespace gannet::controller
