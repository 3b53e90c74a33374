// Releases that were committed on this host: releases/<service>/<id>, and which is in force.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/file_system.h"
#include "agent/core/snapshot.h"
#include "agent/core/state_paths.h"
#include "base/result.h"
#include "protocol/release.h"

namespace gannet::agent {

/// A release and what became of it here.
struct KeptRelease {
  protocol::Release release;
  std::int64_t committed_ms = 0;  ///< UTC, milliseconds since 1970
  std::string transaction;        ///< that put it in force the last time
  /// Directories that gannet made for this service and removes when nothing is left in them.
  std::vector<std::string> created_dirs;
  /// What was at paths of this release before the service took them; put back when a later release
  /// does not want them any more. Sorted by path; all of them exist.
  std::vector<PathState> originals;
  std::vector<protocol::ImageTag> images;  ///< which image each name means for this release

  /// The original at `path`; nullptr: there was none.
  [[nodiscard]] const PathState* original(const std::string& path) const;

  friend bool operator==(const KeptRelease&, const KeptRelease&) = default;
};

class ReleaseStore {
 public:
  ReleaseStore(FileSystem& files, StatePaths paths) : files_(files), paths_(std::move(paths)) {}

  /// All services that ever had a release in force, sorted.
  [[nodiscard]] Result<std::vector<std::string>> services() const;
  /// The id in force; empty when there is none.
  [[nodiscard]] Result<std::string> current_id(const std::string& service) const;
  /// The release in force. Errors: kCorrupt when its record is damaged or missing.
  [[nodiscard]] Result<std::optional<KeptRelease>> current(const std::string& service) const;
  /// Errors: kNotFound, kCorrupt.
  [[nodiscard]] Result<KeptRelease> load(const std::string& service, const std::string& id) const;
  /// All kept ones, the last committed first.
  [[nodiscard]] Result<std::vector<KeptRelease>> kept(const std::string& service) const;

  /// Writes the records and pointers of `releases` beside their places, synced: what can fail for
  /// want of space fails here, before anything is decided.
  [[nodiscard]] Result<> stage(const std::vector<KeptRelease>& releases) const;
  /// Puts what was staged in force, for good. stage() and publish() may be repeated.
  [[nodiscard]] Result<> publish(const std::vector<KeptRelease>& releases) const;

  /// Takes back what stage() left.
  [[nodiscard]] Result<> unstage(const std::vector<protocol::Release>& releases) const;

  [[nodiscard]] Result<> remove(const std::string& service, const std::string& id) const;

 private:
  [[nodiscard]] std::string path_of(const std::string& service, const std::string& id) const;
  [[nodiscard]] Result<> ensure_dir(const std::string& service) const;

  FileSystem& files_;
  StatePaths paths_;
};

}  // namespace gannet::agent
