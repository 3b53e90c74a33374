#include "controller/report/json_documents.h"

namespace gannet::controller {

using nlohmann::json;

json service_json(const std::string& host, const protocol::ServiceStatus& service) {
  auto kept = json::array();
  for (const auto& release : service.kept)
    kept.push_back({{"release", release.id},
                    {"tag", release.tag},
                    {"run", release.run},
                    {"who", release.who},
                    {"created_ms", release.created_ms},
                    {"committed_ms", release.committed_ms},
                    {"files", release.files}});
  auto drift = json::array();
  for (const auto& change : service.drift) drift.push_back(change_json(change));
  auto runtime = json::array();
  for (const auto& finding : service.runtime) runtime.push_back(finding_json(host, finding));
  return {{"service", service.service},
          {"current", service.current},
          {"kept", std::move(kept)},
          {"drift", std::move(drift)},
          {"runtime", std::move(runtime)}};
}

json lock_json(const std::optional<protocol::LockInfo>& lock) {
  if (!lock) return {};
  return {{"who", lock->who},
          {"reason", lock->reason},
          {"since_ms", lock->since_ms},
          {"expires_ms", lock->expires_ms}};
}

json pending_json(const std::optional<protocol::PendingInfo>& pending) {
  if (!pending) return {};
  return {{"transaction", pending->transaction},
          {"run", pending->run},
          {"who", pending->who},
          {"reason", pending->reason},
          {"since_ms", pending->since_ms},
          {"deadline_ms", pending->deadline_ms},
          {"services", pending->services},
          {"rebooting", pending->rebooting}};
}

json recovery_json(const std::optional<protocol::Recovery>& recovery) {
  if (!recovery) return {};
  return {{"transaction", recovery->transaction},
          {"run", recovery->run},
          {"reason", recovery->reason},
          {"when_ms", recovery->when_ms},
          {"services", recovery->services},
          {"healthy", recovery->healthy},
          {"detail", recovery->detail}};
}

}  // namespace gannet::controller
