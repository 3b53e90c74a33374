// Small texts that several reports share: times, counts, lists of hosts.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/deploy/outcome.h"
#include "controller/results/store.h"

namespace gannet::controller {

/// "0.4 s", "59.9 s", "2 min 05 s", "1 h 02 min".
[[nodiscard]] std::string format_elapsed(std::int64_t ms);

/// Local time: "2026-11-23 10:01:12"; "-" for 0.
[[nodiscard]] std::string format_local(std::int64_t utc_ms);

/// "3 min", "2 days": one unit, rounded down; "0 s" when not positive.
[[nodiscard]] std::string format_age(std::int64_t ms);

/// "1 host", "3 hosts".
[[nodiscard]] std::string count_of(std::size_t count, std::string_view singular);

/// "2 deployed, 1 unreachable" in the order of the enumeration; counts of zero are left out.
/// `neutral` (commands that change nothing): deployed and unchanged are called "ok".
enum class Vocabulary { kDeployment, kNeutral };
/// kDeployment for commands that are about what becomes of a host: deploy, lock, ...
[[nodiscard]] Vocabulary vocabulary_of(std::string_view command);
[[nodiscard]] std::string outcome_counts(std::span<const Outcome> outcomes, Vocabulary vocabulary);

/// Hosts with a common beginning as ranges: "pi-[1-3,7], db". Order of first appearance; leading
/// zeros are kept ("n[08-10]").
[[nodiscard]] std::string fold_hosts(std::span<const std::string> hosts);

/// "pi-1", "pi-1, pi-2 (2 hosts)", "pi-[1-3,7] (4 hosts)".
[[nodiscard]] std::string name_hosts(std::span<const std::string> hosts);

/// What several hosts said with the same words.
struct FoldedMessage {
  std::vector<std::string> hosts;
  Outcome outcome = Outcome::kFailed;
  std::string message;  ///< without the host's name in front
  std::string hint;
};

/// Groups hosts that have a message by outcome, message and hint, in order of first appearance.
[[nodiscard]] std::vector<FoldedMessage> fold_messages(std::span<const HostRecord> hosts);

/// printable() with line breaks and tabs as spaces: for cells and live lines.
[[nodiscard]] std::string one_line(std::string_view text);

/// printable(), every line after the first indented by `indent` spaces, no line break at the end.
[[nodiscard]] std::string indented(std::string_view text, std::size_t indent);

/// `text` cut to `columns` with an ellipsis at the end when something is missing.
[[nodiscard]] std::string cut_to(std::string_view text, std::size_t columns);

}  // namespace gannet::controller
