#include "agent/core/change_set.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace gannet::agent {
namespace {

using WantedMap = std::map<std::string, PathState>;
using OwnerMap = std::map<std::string, std::string>;  // path -> service

const PathState& find_path(const std::vector<PathState>& states, const std::string& path) {
  return *std::lower_bound(
      states.begin(), states.end(), path,
      [](const PathState& state, const std::string& wanted) { return state.path < wanted; });
}

tl::unexpected<Error> two_owners(const std::string& path, const std::string& one,
                                 const std::string& other) {
  return fail(Code::kInvalidInput, path + ": wanted by service " + one + " and by service " + other,
              "let one service own the file");
}

tl::unexpected<Error> below_a_file(const std::string& path, const std::string& above,
                                   const std::string& service) {
  return fail(Code::kInvalidInput, path + ": " + above + " is a file of service " + service,
              "choose another destination");
}

Result<> claim(OwnerMap& owner_of, const protocol::Release& release) {
  for (const auto& entry : release.files) {
    const auto [found, added] = owner_of.emplace(entry.path, release.service);
    if (!added) return two_owners(entry.path, found->second, release.service);
  }
  return {};
}

Result<> check_not_ours(const std::string& path, const std::string& root) {
  const bool ours =
      path.starts_with(root) && (path.size() == root.size() || path[root.size()] == '/');
  if (!ours) return {};
  return fail(Code::kInvalidInput, path + ": lies in gannet's own state " + root,
              "choose another destination");
}

/// A file above another one, across services: each release alone was validated already.
Result<> check_nesting(const OwnerMap& owner_of) {
  for (const auto& [path, service] : owner_of) {
    for (std::string above = parent_of(path); above != "/"; above = parent_of(above)) {
      if (!owner_of.contains(above)) continue;
      return below_a_file(path, above, owner_of.at(above));
    }
  }
  return {};
}

Result<> claim_all(const Engine& engine, const std::vector<protocol::Release>& releases,
                   OwnerMap& owner_of) {
  std::set<std::string> named;
  for (const auto& release : releases) {
    TRY_VOID(protocol::validate(release));
    TRY_VOID(check_name("service", release.service));
    if (!named.insert(release.service).second) {
      return fail(Code::kInvalidInput, "service " + release.service + " comes twice");
    }
    TRY_VOID(claim(owner_of, release));
  }
  TRY(const auto services, engine.releases.services());
  for (const std::string& service : services) {
    if (named.contains(service)) continue;
    TRY(const auto other, engine.releases.current(service));
    if (other) TRY_VOID(claim(owner_of, other->release));
  }
  return check_nesting(owner_of);
}

Result<WantedMap> want(const std::vector<protocol::Release>& releases, const Owners& owners,
                       const std::vector<std::optional<KeptRelease>>& in_force,
                       std::set<std::string>& given_back) {
  WantedMap wanted;
  for (const auto& release : releases) {
    for (const auto& entry : release.files) {
      TRY(PathState state, wanted_state(entry, owners));
      wanted.emplace(entry.path, std::move(state));
    }
  }
  for (const auto& kept : in_force) {
    if (!kept) continue;
    for (const auto& entry : kept->release.files) {
      PathState before_us;
      before_us.path = entry.path;
      if (const PathState* original = kept->original(entry.path)) before_us = *original;
      const bool exists = before_us.exists;
      const bool given_up = wanted.emplace(entry.path, std::move(before_us)).second;
      if (given_up && exists) given_back.insert(entry.path);
    }
  }
  return wanted;
}

}  // namespace

const PathState& ChangeSet::current(const std::string& path) const {
  return find_path(now.paths, path);
}

const PathState& ChangeSet::goal(const std::string& path) const { return find_path(wanted, path); }

Result<ChangeSet> work_out(const Engine& engine, const std::vector<protocol::Release>& releases,
                           const Owners& owners) {
  OwnerMap owner_of;
  TRY_VOID(claim_all(engine, releases, owner_of));
  ChangeSet set;
  for (const auto& release : releases) {
    TRY(auto kept, engine.releases.current(release.service));
    set.in_force.push_back(std::move(kept));
  }
  TRY(auto wanted, want(releases, owners, set.in_force, set.given_back));
  std::vector<std::string> paths;
  std::vector<std::string> written;
  for (auto& [path, state] : wanted) {
    TRY_VOID(check_not_ours(path, engine.paths.root));
    paths.push_back(path);
    if (state.exists) written.push_back(path);
    set.wanted.push_back(std::move(state));
  }
  TRY(set.now, look_at_all(engine.files, paths, written));
  for (const PathState& state : set.now.paths) {
    if (!state.exists || state == set.goal(state.path)) continue;
    TRY_VOID(owners.check_can_put_back(state.path, {state.uid, state.gid}));
  }
  return set;
}

}  // namespace gannet::agent
