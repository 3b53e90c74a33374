// The contents of gannet.yaml: what should be true. Reference: docs/gannet-yaml.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "inventory/host.h"
#include "inventory/inventory.h"
#include "inventory/problem.h"
#include "inventory/selector.h"
#include "inventory/source_location.h"
#include "playbooks/service.h"

namespace gannet::playbooks {

/// What happens to the fleet when a host fails. Source: strategy.on_failure.
enum class OnFailure { kRollback, kStop, kContinue };

/// Which hosts go back with OnFailure::kRollback. Source: strategy.rollback.
enum class RollbackScope {
  kAll,   ///< every host on which this run has put the release
  kWave,  ///< those of the wave that failed; what earlier waves got stays
};

/// A number of hosts, or a share of those selected. Source: "3" or "25%".
struct HostCount {
  std::uint32_t value = 1;  ///< hosts, 1..; or percent, 1..100
  bool percent = false;
  /// Hosts of `total`, rounded up, at least 1.
  [[nodiscard]] std::size_t of(std::size_t total) const;
};

/// How a release goes out over the fleet. Source: key `strategy`.
struct Strategy {
  std::uint32_t canary = 0;        ///< hosts of the first wave; 0: no canary wave
  HostCount batch{100, true};      ///< hosts of each later wave
  std::uint32_t max_failures = 0;  ///< over the whole fleet; more than this stops the run
  OnFailure on_failure = OnFailure::kRollback;
  RollbackScope rollback = RollbackScope::kAll;
  /// 0: no dead-man's switch. The default leaves a slow Pi time for a new login (about 10 s each
  /// on a busy one), for a second and third try, and for taking the change back.
  std::chrono::milliseconds watchdog{120'000};
  SourceLocation watchdog_from;        ///< where it is said
  std::chrono::milliseconds pause{0};  ///< between waves
  std::uint32_t keep_releases = 5;     ///< per service and host; 1..100
};

/// Source: an entry of `environments`.
struct Environment {
  std::string name;
  inventory::Selector on;
  std::optional<std::filesystem::path> env_file;  ///< absolute, or relative to the project
  SourceLocation from;
};

/// The whole file.
struct Project {
  std::string name;
  std::filesystem::path root;  ///< folder of gannet.yaml
  std::string file;            ///< gannet.yaml, as the user would type it
  /// Key `inventory`; default inventory.yaml. Ready to open (joined with root).
  std::vector<std::filesystem::path> inventory_files;
  inventory::SshSettings ssh;  ///< beneath the inventory's own settings
  std::vector<Environment> environments;
  Strategy strategy;
  std::vector<CheckSpec> checks;  ///< pre-flight of every host, beside the built-in ones
  std::vector<Service> services;  ///< in the order on a host, see put_in_order()

  [[nodiscard]] const Service* find_service(std::string_view name) const;
  [[nodiscard]] const Environment* find_environment(std::string_view name) const;
};

/// Reads and checks gannet.yaml as far as possible without files and hosts. On failure *all*
/// problems found, one per Error (kInvalidInput; context begins with file:line:column and holds the
/// source line with a caret, behind it "did you mean"; hint says what to write).
[[nodiscard]] tl::expected<Project, std::vector<Error>> load_project(
    const std::filesystem::path& file);

/// The same with the problems in parts.
[[nodiscard]] tl::expected<Project, std::vector<inventory::Problem>> parse_project(
    const std::filesystem::path& file);

/// The hosts of all inventory files, with the project's `ssh` beneath their own settings.
/// `files` replaces the project's list when not empty.
[[nodiscard]] Result<inventory::Inventory> load_inventory(
    const Project& project, std::span<const std::filesystem::path> files = {});

}  // namespace gannet::playbooks
