#include "agent/core/diff.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace gannet::agent {
namespace {

using protocol::ChangeKind;
using protocol::FileChange;
using protocol::FileEntry;
using protocol::Release;
using Entries = std::map<std::string, const FileEntry*>;

Entries entries_of(const Release& release) {
  Entries entries;
  for (const FileEntry& entry : release.files) entries.emplace(entry.path, &entry);
  return entries;
}

ChangeKind kind_of(const PathState& now, const PathState& goal) {
  if (!goal.exists) return ChangeKind::kRemove;
  if (!now.exists) return ChangeKind::kAdd;
  return now.content == goal.content ? ChangeKind::kAttributes : ChangeKind::kModify;
}

bool definition_differs(const Release& release, const std::optional<KeptRelease>& in_force,
                        bool files_change) {
  if (!in_force) return true;
  Release wanted = release;
  Release current = in_force->release;
  if (files_change) {
    wanted.files.clear();
    current.files.clear();
  }
  return protocol::content_digest(wanted) != protocol::content_digest(current);
}

}  // namespace

FileChange describe_change(const PathState& now, const PathState& goal, const FileEntry* in_force,
                           const FileEntry* entry, const Owners& owners) {
  FileChange change;
  change.kind = kind_of(now, goal);
  change.path = now.path;
  change.unmanaged = now.exists && (in_force == nullptr || in_force->content != now.content);
  // What was secret stays secret in the plan that removes it or declassifies it.
  change.secret = (entry != nullptr && entry->secret) || (in_force != nullptr && in_force->secret);
  if (now.exists) {
    change.old_size = now.size;
    change.old_mode = now.mode;
    change.old_owner = owners.describe({now.uid, now.gid});
    change.old_digest = now.content.hex();
  }
  if (goal.exists) {
    change.new_size = goal.size;
    change.new_mode = goal.mode;
    change.new_owner = owners.describe({goal.uid, goal.gid});
  }
  return change;
}

std::vector<protocol::ServicePlan> plan(const std::vector<Release>& releases, const ChangeSet& set,
                                        const Owners& owners) {
  std::vector<protocol::ServicePlan> plans;
  for (std::size_t i = 0; i < releases.size(); ++i) {
    const auto& in_force = set.in_force[i];
    protocol::ServicePlan plan;
    plan.service = releases[i].service;
    if (in_force) {
      plan.current = in_force->release.id;
      plan.current_tag = in_force->release.tag;
    }
    const Entries wanted = entries_of(releases[i]);
    const Entries before = in_force ? entries_of(in_force->release) : Entries{};
    std::set<std::string> paths;
    for (const auto& [path, entry] : wanted) paths.insert(path);
    for (const auto& [path, entry] : before) {
      // Not ours to remove when another service of this request takes it over.
      if (wanted.contains(path) || !set.goal(path).exists || set.given_back.contains(path)) {
        paths.insert(path);
      }
    }
    for (const std::string& path : paths) {
      const PathState& now = set.current(path);
      const PathState& goal = set.goal(path);
      if (now == goal) continue;
      const auto old_entry = before.find(path);
      const auto new_entry = wanted.find(path);
      plan.files.push_back(
          describe_change(now, goal, old_entry == before.end() ? nullptr : old_entry->second,
                          new_entry == wanted.end() ? nullptr : new_entry->second, owners));
    }
    plan.definition_changed = definition_differs(releases[i], in_force, !plan.files.empty());
    plans.push_back(std::move(plan));
  }
  return plans;
}

Result<std::vector<Digest>> missing_blobs(const Engine& engine, const ChangeSet& set) {
  std::set<Digest> on_disk;
  for (const PathState& state : set.now.paths) {
    if (state.exists) on_disk.insert(state.content);
  }
  std::set<Digest> missing;
  for (const PathState& state : set.wanted) {
    if (!state.exists || on_disk.contains(state.content) || missing.contains(state.content)) {
      continue;
    }
    TRY(const bool stored, engine.blobs.has(state.content));
    if (!stored) missing.insert(state.content);
  }
  return std::vector<Digest>(missing.begin(), missing.end());
}

}  // namespace gannet::agent
