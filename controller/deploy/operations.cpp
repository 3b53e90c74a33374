#include "controller/deploy/operations.h"

#include <algorithm>
#include <vector>

namespace gannet::controller {

ExitCode RunSummary::exit_code() const {
  if (interrupted) return ExitCode::kInterrupted;
  if (invalid) return ExitCode::kUsage;
  if (preflight_refused) return ExitCode::kPreflight;
  std::vector<Outcome> outcomes;
  outcomes.reserve(hosts.size());
  // A host that may be off counts only when there is no other: then nothing was done at all.
  const bool all_excused = std::ranges::all_of(hosts, &HostRecord::excused);
  for (const auto& host : hosts) {
    if (!host.excused || all_excused) outcomes.push_back(host.outcome);
  }
  return controller::exit_code(outcomes);
}

}  // namespace gannet::controller
