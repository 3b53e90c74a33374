// What a release consists of, as the controller sends it and the host keeps it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "protocol/activation.h"
#include "protocol/check.h"
#include "protocol/wire.h"

namespace gannet::protocol {

inline constexpr std::uint32_t kDefaultMode = 0644;

/// One file of a release. Source: key `files` of a service in gannet.yaml.
struct FileEntry {
  std::string path;                   ///< clean absolute path on the host
  Digest content;                     ///< name of its blob
  std::uint64_t size = 0;             ///< bytes
  std::uint32_t mode = kDefaultMode;  ///< permission bits, 0..07777
  std::string owner;                  ///< user name or number; empty: whoever the agent runs as
  std::string group;                  ///< group name or number; empty: the owner's primary group
  bool secret = false;                ///< never show its content

  friend bool operator==(const FileEntry&, const FileEntry&) = default;
};

/// A command run on the host through /bin/sh -c. Source: `before`, `after`, `on_rollback`.
struct Hook {
  std::string command;
  std::uint64_t timeout_ms = 60'000;

  friend bool operator==(const Hook&, const Hook&) = default;
};

/// When a service counts as healthy after a change.
struct HealthGate {
  std::vector<Check> checks;            ///< all must pass
  std::uint64_t stable_for_ms = 5'000;  ///< without interruption, for this long
  std::uint64_t timeout_ms = 60'000;    ///< else it is unhealthy; from the end of activation

  friend bool operator==(const HealthGate&, const HealthGate&) = default;
};

/// One release of one service on one host: the unit that is applied, kept and restored.
struct Release {
  std::string service;  ///< [a-z0-9][a-z0-9_-]*, at most 63 characters
  std::string id;       ///< "20261123T100112Z-7f3a9c1e"; empty until the controller names it
  std::string tag;      ///< what the user called it (--tag or git describe); may be empty
  std::string run;      ///< id of the run that made it
  std::string who;      ///< user@host of the controller
  std::int64_t created_ms = 0;   ///< UTC, milliseconds since 1970
  std::vector<FileEntry> files;  ///< sorted by path, no path twice
  std::vector<Hook> before;      ///< before the first file is written
  std::vector<Hook> after;       ///< when all files are in place; also after a restore
  std::vector<Hook> on_rollback;
  HealthGate health;
  std::vector<UnitSpec> units;        ///< in the order they are started
  std::vector<ComposeSpec> projects;  ///< at most one so far
  std::vector<CaddySpec> sites;       ///< at most one so far
  std::vector<std::string> needs;     ///< services of the same request that must be healthy first
  bool reboot_when_needed = false;    ///< restart the host when /run/reboot-required is there

  /// True when something has to be started, besides commands.
  [[nodiscard]] bool runs_something() const {
    return !units.empty() || !projects.empty() || !sites.empty();
  }

  friend bool operator==(const Release&, const Release&) = default;
};

[[nodiscard]] Bytes encode(const Release& release);
/// Errors: kBadMessage when malformed. Paths are *not* judged here: see validate().
template <>
Result<Release> decode<Release>(std::span<const std::byte> payload);

/// Refuses what must never reach a file system: bad service or id, paths that are not clean and
/// absolute, duplicates, a file that is another file's parent, modes over 07777, more than 100,000
/// files. Errors: kInvalidInput naming the offender.
[[nodiscard]] Result<> validate(const Release& release);

/// Digest over what makes the host's state: files, hooks, gate and what runs; not id, tag, run,
/// who, time. Two releases with the same content digest are the same to a host.
[[nodiscard]] Digest content_digest(const Release& release);

}  // namespace gannet::protocol
