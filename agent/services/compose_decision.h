// What has to be done so that a Compose project is what a release says.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "agent/service_manager.h"
#include "agent/services/compose_containers.h"
#include "protocol/activation.h"
#include "protocol/messages_deploy.h"

namespace gannet::agent {

/// Which image a service of the project has to run.
struct WantedImage {
  const protocol::ImageSpec* spec = nullptr;
  std::string id;   ///< empty: not known before it was fetched
  std::string act;  ///< "pull web:v2", "load web:v2, 3 layers"; empty: it is there
  std::string why;  ///< of `act`
};

struct ComposeDecision {
  bool up = false;        ///< `docker compose up` is needed
  bool recreate = false;  ///< containers read files that changed behind Compose's back
  std::vector<protocol::PlannedAction> actions;  ///< in order; empty: what runs is what is wanted
};

/// `spec` is of change.wanted; `now` its project.
[[nodiscard]] ComposeDecision decide(const ServiceChange& change, const protocol::ComposeSpec& spec,
                                     const ProjectView& now,
                                     const std::vector<WantedImage>& images);

/// The project of that name in `release`; nullptr: none, or no release.
[[nodiscard]] const protocol::ComposeSpec* find_project(const protocol::Release* release,
                                                        const std::string& name);

}  // namespace gannet::agent
