// Which images a project has to run, before anything was fetched.
#pragma once

#include <vector>

#include "agent/service_manager.h"
#include "agent/services/compose_decision.h"
#include "agent/services/docker_cli.h"

namespace gannet::agent {

/// One per image of `spec`. An image whose tag is asked for at each deployment is pulled here:
/// only so it is known which one it is; its name means afterwards what it meant before.
[[nodiscard]] Answer<std::vector<WantedImage>> wanted_images(Docker& docker,
                                                             const ServiceChange& change,
                                                             const protocol::ComposeSpec& spec,
                                                             Progress& progress);

/// The same once they were fetched.
[[nodiscard]] std::vector<WantedImage> wanted_images(const protocol::ComposeSpec& spec,
                                                     const std::vector<protocol::ImageTag>& images);

}  // namespace gannet::agent
