// What commands found, as text for people and as JSON. Text ends with a line break; everything a
// host sent is made printable.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "controller/deploy/operations.h"
#include "controller/report/style.h"
#include "controller/results/store.h"

namespace gannet::controller {

/// How text is drawn.
struct View {
  Style style{false};
  std::size_t columns = 0;  ///< where the last column of tables wraps; 0: nowhere
  std::int64_t now_ms = 0;  ///< UTC, for "3 min ago"
  bool quiet = false;       ///< leave out what is fine
};

/// Changes per host as a diff; hosts with the same changes are named together.
[[nodiscard]] std::string plan_text(const PlanOutput& plan, const View& view);
[[nodiscard]] nlohmann::json plan_json(const PlanOutput& plan);

/// What a plan is about, for documents that stand alone.
struct PlanHeading {
  std::string project, environment;  ///< environment may be empty
  std::string command;               ///< that carries it out, as typed in a shell
};
/// The plan as GitHub-flavoured Markdown: tables, differences folded away. Nothing that a host or a
/// file says can end its cell or fence, or notify anybody.
[[nodiscard]] std::string plan_markdown(const PlanOutput& plan, const PlanHeading& heading);

/// plan_text(), then what is down when, what cannot be done, and the command that does it.
[[nodiscard]] std::string rollback_text(const PlanOutput& plan, const std::string& command,
                                        const View& view);
/// [{wave, hosts, service, because}], in the order of rollback_text(); the first wave is 0.
[[nodiscard]] nlohmann::json downtime_json(const PlanOutput& plan);
[[nodiscard]] std::string rollback_markdown(const PlanOutput& plan, const PlanHeading& heading);

/// HOST CHECK RESULT MESSAGE, then what to do about those that did not pass.
[[nodiscard]] std::string check_text(const CheckOutput& output, const View& view);
[[nodiscard]] nlohmann::json findings_json(const CheckOutput& output);
[[nodiscard]] nlohmann::json facts_json(const CheckOutput& output);

/// What runs where, then in words what is locked, pending, recovered or drifted.
[[nodiscard]] std::string status_text(const StatusOutput& output, const View& view);
/// True when files or what runs are not as the release in force says.
[[nodiscard]] bool has_drifted(const protocol::ServiceStatus& service);
[[nodiscard]] nlohmann::json status_json(const StatusOutput& output);
/// "missing on the host:", "content differs:", ...: a change that would be needed, as drift.
[[nodiscard]] std::string_view drift_word(protocol::ChangeKind kind);
/// Without asking the hosts: what the runs on record left behind.
[[nodiscard]] std::string known_text(const std::vector<ResultStore::Known>& known,
                                     const View& view);
[[nodiscard]] nlohmann::json known_json(const std::vector<ResultStore::Known>& known);

/// What hosts missed and still have to get: one line each; empty when there is none.
[[nodiscard]] std::string missed_text(const std::vector<ResultStore::Missed>& missed,
                                      const View& view);
[[nodiscard]] nlohmann::json missed_json(const std::vector<ResultStore::Missed>& missed);

/// "Dead-man's switch: hosts restore themselves after 2 minutes without a new connection".
[[nodiscard]] std::string watchdog_text(std::chrono::milliseconds watchdog);

/// Output of a command; hosts that said the same are named together.
[[nodiscard]] std::string exec_text(const ExecOutput& output, const View& view);
[[nodiscard]] nlohmann::json exec_json(const ExecOutput& output);

/// A run with its hosts; events only for the report of one run.
struct RunHistory {
  RunRecord run;
  std::vector<HostRecord> hosts;
  std::vector<EventRecord> events;
  std::vector<ResultStore::Missed> missed{};  ///< of this run, and not made up for since
};
[[nodiscard]] std::string history_text(const std::vector<RunHistory>& runs, const View& view);
[[nodiscard]] std::string run_text(const RunHistory& run, const View& view);
[[nodiscard]] nlohmann::json history_json(const RunHistory& run);

[[nodiscard]] std::string versions_text(const AgentVersionOutput& output, const View& view);
[[nodiscard]] nlohmann::json versions_json(const AgentVersionOutput& output);

}  // namespace gannet::controller
