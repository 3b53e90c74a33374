#include "controller/deploy/operations.h"

#include <algorithm>

namespace gannet::controller {

ExitCode RunSummary::exit_code() const {
  if (interrupted) return ExitCode::kInterrupted;
  if (invalid) return ExitCode::kUsage;
  if (preflight_refused) return ExitCode::kPreflight;
  std::vector<Outcome> outcomes;
  outcomes.reserve(hosts.size());
  for (const auto& host : hosts) outcomes.push_back(host.outcome);
  return controller::exit_code(outcomes);
}

bool HostPlan::changes() const {
  return std::ranges::any_of(services,
                             [](const PlannedService& service) { return !service.unchanged(); });
}

}  // namespace gannet::controller
