#include "controller/deploy/waves.h"

#include <algorithm>

namespace gannet::controller {

std::vector<std::vector<std::size_t>> plan_waves(const std::vector<std::size_t>& hosts,
                                                 const playbooks::Strategy& strategy) {
  std::vector<std::vector<std::size_t>> waves;
  const std::size_t canary = std::min<std::size_t>(strategy.canary, hosts.size());
  const std::size_t rest = hosts.size() - canary;
  const std::size_t batch = rest == 0 ? 1 : std::max<std::size_t>(strategy.batch.of(rest), 1);
  auto next = hosts.begin();
  std::size_t take = canary;
  while (next != hosts.end()) {
    const auto left = static_cast<std::size_t>(hosts.end() - next);
    const auto size = static_cast<std::ptrdiff_t>(std::min(take, left));
    if (size > 0) waves.emplace_back(next, next + size);
    next += size;
    take = batch;
  }
  return waves;
}

bool is_failure(Outcome outcome) {
  switch (outcome) {
    case Outcome::kRolledBack:
    case Outcome::kFailed:
    case Outcome::kUnknown:
      return true;
    case Outcome::kUnreachable:  // nothing was touched there, and it says nothing of the release
    case Outcome::kDeployed:
    case Outcome::kUnchanged:
    case Outcome::kSkipped:
      return false;
  }
  return true;
}

}  // namespace gannet::controller
