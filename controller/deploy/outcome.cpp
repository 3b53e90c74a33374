#include "controller/deploy/outcome.h"

#include <algorithm>

namespace gannet::controller {

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDeployed:
      return "deployed";
    case Outcome::kUnchanged:
      return "unchanged";
    case Outcome::kRolledBack:
      return "rolled-back";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kUnreachable:
      return "unreachable";
    case Outcome::kSkipped:
      return "skipped";
    case Outcome::kUnknown:
      return "unknown";
  }
  return "unknown";
}

ExitCode exit_code(std::span<const Outcome> outcomes) {
  const auto has = [&](Outcome wanted) { return std::ranges::count(outcomes, wanted) > 0; };
  if (has(Outcome::kFailed) || has(Outcome::kUnknown)) return ExitCode::kFailed;
  if (has(Outcome::kRolledBack)) return ExitCode::kRolledBack;
  if (has(Outcome::kUnreachable) || has(Outcome::kSkipped)) return ExitCode::kUnreachable;
  return ExitCode::kOk;
}

}  // namespace gannet::controller
