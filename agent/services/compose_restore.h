// Brings a Compose project back to what it was.
#pragma once

#include <vector>

#include "agent/services/compose_containers.h"
#include "agent/services/docker_cli.h"
#include "protocol/activation.h"
#include "protocol/release.h"

namespace gannet::agent {

/// Containers that ran run again, from the same images, with the files of before; names mean what
/// they meant. A project that is as it was is not touched. `releases`: all that may tell its
/// profiles, timeout and bind-mounted files.
[[nodiscard]] Outcome restore_project(Docker& docker, const protocol::ProjectState& before,
                                      const std::vector<const protocol::Release*>& releases,
                                      const std::vector<protocol::ImageTag>& names,
                                      Progress& progress);

}  // namespace gannet::agent
