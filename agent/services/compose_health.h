// Whether a Compose project runs what a release says.
#pragma once

#include <vector>

#include "agent/services/compose_containers.h"
#include "protocol/activation.h"
#include "protocol/check.h"

namespace gannet::agent {

/// The finding of one service of a project, and what is to blame when it failed.
struct ServiceHealth {
  protocol::Finding finding;
  const ProjectContainer* culprit = nullptr;  ///< its last words explain the failure
  bool crashed = false;  ///< ended and was started again: with which code, only events tell
};

/// One per service of `spec`, and per service that has a container; in the order of their names.
/// Pointers into `now`.
[[nodiscard]] std::vector<ServiceHealth> judge_project(
    const protocol::ComposeSpec& spec, const std::vector<protocol::ImageTag>& images,
    const protocol::RuntimeState& before, const ProjectView& now);

/// A finding of Docker as a whole that fails.
[[nodiscard]] protocol::Finding failed_finding(const std::string& name, const Failure& failure);

}  // namespace gannet::agent
