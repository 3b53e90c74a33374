// What a set of releases means for what runs on this host.
#pragma once

#include <vector>

#include "agent/core/change_set.h"
#include "agent/core/engine.h"
#include "agent/service_manager.h"
#include "base/result.h"
#include "protocol/release.h"

namespace gannet::agent {

/// One per release, same order; they point into `releases` and `set`, which must outlive them.
/// A release that is kept here already comes with the images it had. Errors: kCorrupt.
[[nodiscard]] Result<std::vector<ServiceChange>> service_changes(
    const Engine& engine, const std::vector<protocol::Release>& releases, const ChangeSet& set);

/// True when any of them runs something, or the release in force of its service does.
[[nodiscard]] bool runs_something(const std::vector<ServiceChange>& changes);

/// The releases of both sides of the changes.
[[nodiscard]] std::vector<const protocol::Release*> both_sides(
    const std::vector<ServiceChange>& changes);

}  // namespace gannet::agent
