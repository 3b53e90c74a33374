// The contents of gannet.yaml: what should be true. Reference: docs/gannet-yaml.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "inventory/host.h"
#include "inventory/selector.h"
#include "inventory/source_location.h"

namespace gannet::playbooks {

using inventory::SourceLocation;

/// What happens to the fleet when a host fails. Source: strategy.on_failure.
enum class OnFailure { kRollback, kStop, kContinue };

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
  std::chrono::milliseconds watchdog{60'000};  ///< 0: no dead-man's switch
  std::chrono::milliseconds pause{0};          ///< between waves
  std::uint32_t keep_releases = 5;             ///< per service and host; 1..100
};

enum class CheckType {
  kDisk,
  kMemory,
  kLoad,
  kTemperature,
  kThrottling,
  kClock,
  kPortFree,
  kPortOpen,
  kUnit,
  kHttp,
  kTcp,
  kFile,
  kProcess,
  kCommand,
  kWritable,
};

/// One probe. Which members count depends on the type; docs/checks.md has the table.
struct CheckSpec {
  CheckType type = CheckType::kHttp;
  std::string name;     ///< default: type and target
  std::string target;   ///< path, URL, address, unit, process, command
  std::string pattern;  ///< `contains`
  std::uint16_t port = 0;
  std::optional<std::int64_t> expect;
  std::uint64_t min_bytes = 0;
  std::uint64_t min_inodes = 0;
  double max = 0;  ///< load per core, degrees Celsius, seconds of clock skew
  std::chrono::milliseconds timeout{5'000};
  bool warn_only = false;
  SourceLocation from;
};

/// Source: key `health`: a list of probes, or a mapping {checks, stable_for, timeout}. `stable_for`
/// beside a probe raises that of the gate.
struct HealthSpec {
  std::vector<CheckSpec> checks;
  std::chrono::milliseconds stable_for{5'000};
  std::chrono::milliseconds timeout{60'000};
};

/// A file or directory to put on the host. Source: an element of `files`.
struct FileSpec {
  std::string src;   ///< relative to the project; a trailing "/" copies the directory's content
  std::string dest;  ///< absolute on the host; may hold ${VAR} and {{ }}
  std::optional<std::string> content;  ///< instead of src: the text itself
  std::optional<std::uint32_t> mode;   ///< default: 0755 for executables, else 0644
  std::string owner;                   ///< "user" or "user:group"; empty: the agent's
  bool is_template = false;            ///< {{ }} in the content
  bool secret = false;                 ///< never shown; default mode 0600
  SourceLocation from;
};

/// A command on the host. Source: `before`, `after`, `on_rollback`: text or {run, timeout}.
struct HookSpec {
  std::string run;
  std::chrono::milliseconds timeout{60'000};
  SourceLocation from;
};

/// Something deployable. Compose, systemd and Caddy will stand beside `files`.
struct Service {
  std::string name;        ///< [a-z0-9][a-z0-9_-]{0,62}
  inventory::Selector on;  ///< hosts that run it
  std::vector<FileSpec> files;
  std::vector<HookSpec> before, after, on_rollback;
  HealthSpec health;
  SourceLocation from;
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
  std::filesystem::path root;                          ///< folder of gannet.yaml
  std::vector<std::filesystem::path> inventory_files;  ///< key `inventory`; default inventory.yaml
  inventory::SshSettings ssh;                          ///< beneath the inventory's own settings
  std::vector<Environment> environments;
  Strategy strategy;
  std::vector<CheckSpec> checks;  ///< pre-flight of every host, beside the built-in ones
  std::vector<Service> services;  ///< in file order: the order on a host

  [[nodiscard]] const Service* find_service(std::string_view name) const;
  [[nodiscard]] const Environment* find_environment(std::string_view name) const;
};

/// Reads and checks gannet.yaml as far as possible without files and hosts. On failure *all*
/// problems found, one per Error (kInvalidInput; context begins with file:line:column and holds
/// the source line with a caret; hint says what to write).
[[nodiscard]] tl::expected<Project, std::vector<Error>> load_project(
    const std::filesystem::path& file);

}  // namespace gannet::playbooks
