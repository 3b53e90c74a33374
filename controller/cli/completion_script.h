// Shell completion, made from the same data as the parser.
#pragma once

#include <string>

#include "controller/cli/command.h"

namespace gannet::controller {

/// A script for the shell to source. Names of hosts, services and environments are asked for with
/// `gannet __complete` when they are needed.
[[nodiscard]] std::string bash_completion(const Commands& commands);
[[nodiscard]] std::string zsh_completion(const Commands& commands);
[[nodiscard]] std::string fish_completion(const Commands& commands);

}  // namespace gannet::controller
