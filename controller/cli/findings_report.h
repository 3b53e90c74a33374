// How commands that look for mistakes in files tell what they found.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "controller/cli/application.h"
#include "controller/deploy/outcome.h"
#include "inventory/problem.h"

namespace gannet::controller {

/// What makes the exit code 2.
enum class Strictness { kErrors, kWarnings };

/// Prints `found` in the format that was asked for, and attaches it as `diagnostics`. `good`: the
/// line for people when nothing was found.
[[nodiscard]] ExitCode report_findings(Application& application,
                                       const std::vector<inventory::Problem>& found,
                                       const std::string& good = "Valid",
                                       Strictness strictness = Strictness::kErrors);

}  // namespace gannet::controller
