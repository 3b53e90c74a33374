// The unit that looks after interrupted deployments when a host starts: what no process can do.
#pragma once

#include <string>
#include <vector>

#include "agent/system/posix.h"
#include "base/result.h"

namespace gannet::agent {

/// A oneshot of systemd that runs `<program> recover --state-dir <state_dir>` at each boot on which
/// a journal is open. Enabled by its link in multi-user.target.wants, so that systemd need not be
/// asked. A host with one state directory has one such unit, each further directory its own.
class BootUnit {
 public:
  /// `tree`: where the host's files are. `state_dir`: absolute.
  BootUnit(HostTree tree, std::string state_dir)
      : tree_(std::move(tree)), state_dir_(std::move(state_dir)) {}

  /// "gannet-recover.service"; of another directory than root's own with a hash of its path.
  [[nodiscard]] std::string name() const;

  /// Makes the unit run `program` (absolute) and start at boot, for good; nothing is written when
  /// it does so already. Errors: kReadOnly, kPermission, kNoSpace, kRemoteIo.
  [[nodiscard]] Result<> install(const std::string& program) const;
  /// Removes it. Returns the paths that were there. Errors: as install().
  [[nodiscard]] Result<std::vector<std::string>> remove() const;

 private:
  [[nodiscard]] std::string text(const std::string& program) const;
  [[nodiscard]] std::string unit_path() const;
  [[nodiscard]] std::string link_path() const;

  HostTree tree_;
  std::string state_dir_;
};

/// True when systemd is this host's first process.
[[nodiscard]] bool systemd_runs(const HostTree& tree);

}  // namespace gannet::agent
