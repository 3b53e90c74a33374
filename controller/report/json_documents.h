// The pieces that JSON output consists of. Schemas: docs/json.md, which changes with this file.
#pragma once

#include <optional>
#include <span>
#include <string>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "controller/results/store.h"
#include "protocol/messages.h"

namespace gannet::controller {

[[nodiscard]] nlohmann::json error_json(const Error& error);
[[nodiscard]] nlohmann::json host_json(const HostRecord& host);
/// {"deployed": 2, "unreachable": 1}: only outcomes that occur.
[[nodiscard]] nlohmann::json summary_json(std::span<const HostRecord> hosts);
[[nodiscard]] nlohmann::json run_json(const RunRecord& run);
[[nodiscard]] nlohmann::json event_json(const EventRecord& event);
[[nodiscard]] nlohmann::json finding_json(const std::string& host,
                                          const protocol::Finding& finding);
[[nodiscard]] nlohmann::json facts_json(const protocol::Facts& facts);
[[nodiscard]] nlohmann::json change_json(const protocol::FileChange& change);

[[nodiscard]] nlohmann::json service_json(const std::string& host,
                                          const protocol::ServiceStatus& service);
/// null when there is none; so are the next two.
[[nodiscard]] nlohmann::json lock_json(const std::optional<protocol::LockInfo>& lock);
[[nodiscard]] nlohmann::json pending_json(const std::optional<protocol::PendingInfo>& pending);
[[nodiscard]] nlohmann::json recovery_json(const std::optional<protocol::Recovery>& recovery);

/// "add", "modify", "attributes", "remove".
[[nodiscard]] std::string_view change_name(protocol::ChangeKind kind);
/// "0644".
[[nodiscard]] std::string mode_text(std::uint32_t mode);

/// One line; bytes that are no UTF-8 become U+FFFD.
[[nodiscard]] std::string dump(const nlohmann::json& value);

}  // namespace gannet::controller
