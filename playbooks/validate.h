// Everything that can be known about a project without a host: `gannet validate`.
#pragma once

#include <vector>

#include "inventory/inventory.h"
#include "inventory/problem.h"
#include "playbooks/project.h"

namespace gannet::playbooks {

/// Severity, place, message, note and hint; inventory::to_string() shows it with line and caret.
using Diagnostic = inventory::Problem;

/// Loads every environment's file and renders every service for every host it lands on, in every
/// environment (facts that only a host can tell stand in as each architecture in turn). Finds:
/// env files and variables that are missing, sources that are missing, unknown names in templates,
/// files that two services of a host both write, selectors with unknown names. Warns about
/// selectors that match no host, secrets that everybody may read, checks that cannot pass twice.
/// The same problem on many hosts is told once. Sorted by place. Reads and hashes all sources.
[[nodiscard]] std::vector<Diagnostic> validate_project(const Project& project,
                                                       const inventory::Inventory& inventory);

}  // namespace gannet::playbooks
