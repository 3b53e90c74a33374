// What became of one host: the vocabulary of reports, results and exit codes.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace gannet::controller {

enum class Outcome : std::uint8_t {
  kDeployed,     ///< the requested content is in place, healthy, committed over a new connection
  kUnchanged,    ///< it was already
  kRolledBack,   ///< something failed; what was there before is back and healthy
  kFailed,       ///< something failed; see the message for the state of the host
  kUnreachable,  ///< no session could be made; nothing was touched in this run
  kSkipped,      ///< not tried: a later wave of a stopped run, or asked to leave it out
  kUnknown,      ///< contact was lost while something was going on
};

/// "deployed", "unchanged", "rolled-back", "failed", "unreachable", "skipped", "unknown".
[[nodiscard]] std::string_view to_string(Outcome outcome);

/// Exit codes of the program, worst first that applies. docs/exit-codes.md.
enum class ExitCode : int {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,
  kRolledBack = 3,
  kUnreachable = 4,
  kPreflight = 5,
  kChanges = 6,  ///< only `plan --exit-code`: something would change
  kInterrupted = 130,
};

/// The exit code of a run with these outcomes (see the table in docs/exit-codes.md).
[[nodiscard]] ExitCode exit_code(std::span<const Outcome> outcomes);

}  // namespace gannet::controller
