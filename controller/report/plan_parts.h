// What the text and the Markdown of a plan have in common.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/deploy/operations.h"

namespace gannet::controller {

/// "+", "~", "-".
[[nodiscard]] std::string_view change_sign(protocol::ChangeKind kind);

/// "mode 0644 -> 0600, owner root:root -> pi:pi", and the size of what is new; not made printable.
[[nodiscard]] std::string change_details(const protocol::FileChange& change);

struct ChangeTotals {
  std::size_t added = 0, changed = 0, removed = 0, actions = 0;
  std::size_t hosts = 0;      ///< that would change
  std::size_t unchanged = 0;  ///< hosts, too
  std::uint64_t upload_bytes = 0;
};
/// Hosts that could not be asked are in no count.
[[nodiscard]] ChangeTotals count_changes(const PlanOutput& plan);
/// "Plan: 2 to add, 1 to change, 0 to remove on 2 hosts": one line, without a line break.
[[nodiscard]] std::string totals_text(const ChangeTotals& totals);

/// The tag, or the id when there is none; one line.
[[nodiscard]] std::string release_name(const std::string& id, const std::string& tag);
/// "first release", "now v1", "now v2 -> v1 of 2026-11-20 08:15:00 by ann@laptop".
[[nodiscard]] std::string release_step(const PlannedService& service);

/// "image web: api:v1", "unit collector.service", "site /etc/caddy/conf.d/api": one each.
[[nodiscard]] std::vector<std::string> returning_lines(const ReturningRelease& release);

/// True when a rollback brings a release that is newer than the one in force: that happens after a
/// rollback, because the release before the current one is then the one that was left.
[[nodiscard]] bool goes_forward(const PlannedService& service);
[[nodiscard]] std::string forward_note(const PlannedService& service);

/// The release that a rollback brings back, when it is the same one for every service that changes.
[[nodiscard]] std::optional<ReturningRelease> common_target(const PlanOutput& plan);

/// Something that interrupts a service, on hosts of one wave.
struct Interruption {
  std::uint32_t wave = 0;  ///< the first is 0
  std::vector<std::string> hosts;
  std::string service;
  std::string because;  ///< "restart web.service; restart db.service"
};
/// In the order in which it will happen: wave by wave, on each host service by service.
[[nodiscard]] std::vector<Interruption> interruptions(const PlanOutput& plan);

/// What the agents or pre-flight say stands in the way: "web: the content of /etc/x is gone".
[[nodiscard]] std::vector<std::string> obstacles(const HostPlan& host);

}  // namespace gannet::controller
