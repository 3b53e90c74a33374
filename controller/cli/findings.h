// What `gannet validate` found, in the formats of other programs.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "inventory/problem.h"

namespace gannet::controller {

/// One element of `diagnostics`, docs/json.md.
[[nodiscard]] nlohmann::json finding_json(const inventory::Problem& problem);

/// A log of SARIF 2.1.0 with one run: the rules that were broken and a result for each problem.
/// Files below `folder` (absolute) are named relative to it.
[[nodiscard]] nlohmann::json sarif_log(const std::vector<inventory::Problem>& problems,
                                       const std::string& folder);

/// Workflow commands of GitHub, one a line: they become annotations of the changed files.
[[nodiscard]] std::string github_commands(const std::vector<inventory::Problem>& problems,
                                          const std::string& folder);

}  // namespace gannet::controller
