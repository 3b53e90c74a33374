// What plan and rollback --plan give back: the changes of each host.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "controller/deploy/run_summary.h"
#include "protocol/messages.h"

namespace gannet::controller {

struct PlannedFile {
  protocol::FileChange change;
  std::string diff;  ///< unified; empty when binary, secret or too large (see note)
  std::string note;  ///< "binary", "secret: values not shown", "too large to show"
};
/// A kept release that a rollback brings back, without the content of its files.
struct ReturningRelease {
  std::string id, tag, who;
  std::int64_t created_ms = 0;      ///< UTC
  std::vector<std::string> files;   ///< paths
  std::vector<std::string> images;  ///< "web: api:v1"; with the digest when gannet shipped it
  std::vector<std::string> units;
  std::vector<std::string> sites;  ///< paths of Caddy sites
};
struct PlannedService {
  std::string service;
  std::string current, current_tag;
  std::optional<ReturningRelease> returning;  ///< rollback only
  bool definition_changed = false;
  std::vector<PlannedFile> files;
  std::vector<std::string> commands;             ///< before/after that will run
  std::vector<protocol::PlannedAction> actions;  ///< besides files, in the order they are taken
  [[nodiscard]] bool unchanged() const {
    return files.empty() && actions.empty() && !definition_changed;
  }
};
struct HostPlan {
  std::string host;
  std::uint32_t wave = 0;
  std::optional<Error> error;
  std::vector<protocol::Finding> findings;
  std::vector<PlannedService> services;
  std::vector<std::string> problems;  ///< rollback: what cannot be restored, and why
  std::uint64_t upload_bytes = 0;
  [[nodiscard]] bool changes() const {
    return std::ranges::any_of(services, [](const auto& one) { return !one.unchanged(); });
  }
};
struct PlanOutput {
  RunSummary summary;
  std::chrono::milliseconds watchdog{0};  ///< of the strategy; 0: none
  std::vector<HostPlan> hosts;
};

}  // namespace gannet::controller
