// The command lines for a Compose project.
#pragma once

#include <string>
#include <vector>

#include "agent/services/tool.h"
#include "protocol/activation.h"

namespace gannet::agent {

/// Starts what has to be started and makes anew what differs. Nothing is pulled or built.
[[nodiscard]] ToolRun compose_up(const protocol::ComposeSpec& spec, bool recreate);

/// Brings `services` back to what the files of before say. `profiles`: those the project ran with.
/// `start` false: the containers are made, not started.
struct BringUp {
  std::vector<std::string> services;
  std::vector<std::string> profiles;
  bool recreate = false;
  bool start = true;
};
[[nodiscard]] ToolRun compose_up(const protocol::ProjectState& project, const BringUp& how);

/// Stops and removes all containers and networks of a project; volumes stay.
[[nodiscard]] ToolRun compose_down(const std::string& project);

}  // namespace gannet::agent
