// A service of gannet.yaml as written: variables and templates are not replaced yet.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "inventory/selector.h"
#include "inventory/source_location.h"
#include "playbooks/caddy_service.h"
#include "playbooks/compose_service.h"
#include "playbooks/systemd_service.h"

namespace gannet::playbooks {

using inventory::SourceLocation;

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
  /// As written, while it holds ${VAR} or {{ }}: a port, or the address and port of `tcp`. Empty in
  /// what the Renderer returns and in checks without variables.
  std::string unresolved;
  SourceLocation from;  ///< of the value after the type
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
  /// ${VAR} in the content. Default: true for `content`, false for `src` (whose ${} may be its
  /// own).
  bool variables = false;
  SourceLocation from;
  SourceLocation src_from, dest_from, content_from, owner_from;  ///< of the values
};

/// A command on the host. Source: `before`, `after`, `on_rollback`: text or {run, timeout}.
struct HookSpec {
  std::string run;
  std::chrono::milliseconds timeout{60'000};
  SourceLocation from;
};

/// Something deployable: files, and what runs with them.
struct Service {
  std::string name;        ///< [a-z0-9][a-z0-9_-]{0,62}
  inventory::Selector on;  ///< hosts that run it
  std::vector<FileSpec> files;
  std::optional<ComposeService> compose;
  std::optional<SystemdService> systemd;
  std::optional<CaddyService> caddy;
  std::vector<HookSpec> before, after, on_rollback;
  HealthSpec health;
  std::vector<PlacedText> needs;    ///< key `requires`: services that must be healthy first
  std::int64_t order = 0;           ///< lower first
  bool reboot_when_needed = false;  ///< key `reboot`
  SourceLocation from;

  [[nodiscard]] bool runs_something() const { return compose || systemd || caddy; }
};

}  // namespace gannet::playbooks
