#include "controller/cli/pending.h"

#include <algorithm>
#include <set>

namespace gannet::controller {

Result<Pending> pending_of(ResultStore& store, const std::string& project_root,
                           const std::string& environment,
                           const std::vector<std::string>& services) {
  TRY(auto missed, store.missed(project_root));
  std::erase_if(missed, [&](const ResultStore::Missed& row) {
    return !services.empty() && std::ranges::count(services, row.service) == 0;
  });
  Pending pending;
  pending.environment = environment;
  if (missed.empty()) return pending;
  if (environment.empty())
    pending.environment =
        std::ranges::max_element(missed, {}, &ResultStore::Missed::when_ms)->environment;
  std::set<std::string> hosts;
  std::set<std::string> names;
  std::set<std::string> others;
  std::int64_t newest = 0;
  for (const auto& row : missed) {
    if (row.environment != pending.environment) {
      others.insert(row.environment);
      continue;
    }
    hosts.insert(row.host);
    names.insert(row.service);
    if (row.when_ms >= newest) pending.tag = row.tag;
    newest = std::max(newest, row.when_ms);
  }
  pending.hosts.assign(hosts.begin(), hosts.end());
  pending.services.assign(names.begin(), names.end());
  pending.other_environments.assign(others.begin(), others.end());
  return pending;
}

}  // namespace gannet::controller
