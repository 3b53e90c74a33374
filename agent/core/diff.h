// What would change: the agent's half of a plan.
#pragma once

#include <vector>

#include "agent/core/change_set.h"
#include "agent/core/owners.h"
#include "base/hash.h"
#include "protocol/messages.h"

namespace gannet::agent {

/// `goal` against `now`, of one path. `in_force` and `entry` are its entries in the release in
/// force and in the new one; nullptr: there is none.
[[nodiscard]] protocol::FileChange describe_change(const PathState& now, const PathState& goal,
                                                   const protocol::FileEntry* in_force,
                                                   const protocol::FileEntry* entry,
                                                   const Owners& owners);

/// One plan per release, same order.
[[nodiscard]] std::vector<protocol::ServicePlan> plan(
    const std::vector<protocol::Release>& releases, const ChangeSet& set, const Owners& owners);

/// Blobs that neither the store nor a file at one of the set's paths can give. Sorted.
[[nodiscard]] Result<std::vector<Digest>> missing_blobs(const Engine& engine, const ChangeSet& set);

}  // namespace gannet::agent
