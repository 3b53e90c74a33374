// Speaks with systemd through systemctl and journalctl: one manager for the system, one for the
// agent's own user.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/progress.h"
#include "agent/service_manager.h"
#include "agent/services/tool.h"
#include "agent/system/posix.h"
#include "base/result.h"
#include "protocol/activation.h"

namespace gannet::agent {

/// What `systemctl show` says about a unit.
struct UnitFacts {
  protocol::UnitState state;
  std::string load;         ///< LoadState: "loaded", "not-found", "masked", "bad-setting", ...
  std::string type;         ///< of a service: "simple", "oneshot", ...; empty for other units
  std::string exit_status;  ///< of the main process, when it has ended: "3"
  bool needs_daemon_reload = false;  ///< its files are newer than what systemd read
  bool can_reload = false;
  bool triggered = false;                      ///< a timer, socket or path starts it
  std::vector<std::string> triggers;           ///< what it starts itself
  std::vector<std::string> environment_files;  ///< paths
  std::vector<std::string> programs;           ///< paths that it executes

  /// Started and not ended: active, reloading or activating.
  [[nodiscard]] bool runs() const;
  /// Did its work and ended, as oneshots do.
  [[nodiscard]] bool done() const;
  /// systemd waits to start it again after a failure.
  [[nodiscard]] bool restarting() const;
  [[nodiscard]] bool enabled() const;  ///< starts at boot
};

/// True when the two mean the same unit of the same manager.
template <class Left, class Right>
[[nodiscard]] bool same_unit(const Left& left, const Right& right) {
  return left.name == right.name && left.user == right.user;
}

class Systemctl {
 public:
  /// `tree` is where the host's files are; `uid` is the user that the agent runs as. `tools` must
  /// outlive the object.
  Systemctl(Tools& tools, HostTree tree, std::uint32_t uid)
      : tools_(tools), tree_(std::move(tree)), uid_(uid) {}

  /// True when the manager is there: systemd is PID 1; for `user`: there is a folder for it.
  [[nodiscard]] bool runs(bool user) const;
  [[nodiscard]] std::string runtime_folder() const;  ///< /run/user/<uid>

  /// The facts of `units`, same order. A manager that is not there knows none of its units.
  /// Errors: kCommandFailed, kTimeout, kInterrupted.
  template <class Unit>
  [[nodiscard]] Result<std::vector<UnitFacts>> show(const std::vector<Unit>& units,
                                                    Progress& progress) {
    std::vector<protocol::UnitState> keys(units.size());
    for (std::size_t i = 0; i < units.size(); ++i) {
      keys[i].name = units[i].name;
      keys[i].user = units[i].user;
    }
    return show_all(keys, progress);
  }

  /// `systemctl <verb>`. Failures name the unit and end with its last journal lines.
  [[nodiscard]] Outcome act(const std::vector<std::string>& verb, const std::string& unit,
                            bool user, Progress& progress);
  /// Restarts a unit, whatever it failed at before; a socket with the services that listen on it.
  [[nodiscard]] Outcome restart(const UnitFacts& facts, Progress& progress);
  [[nodiscard]] Outcome daemon_reload(bool user, Progress& progress);
  /// Forgets failures and counts of restarts; nothing when systemd does not know the unit.
  void reset_failed(const std::string& unit, bool user, Progress& progress);

  /// The last lines of a unit's journal, at most 20; since `since` (UTC seconds) when not 0. Empty
  /// when they cannot be read.
  [[nodiscard]] std::vector<std::string> journal(const std::string& unit, bool user,
                                                 std::int64_t since, Progress& progress);
  /// Journals of failures are shown from now on.
  void note_start();
  [[nodiscard]] std::int64_t since() const { return since_; }

 private:
  [[nodiscard]] Result<std::vector<UnitFacts>> show_all(
      const std::vector<protocol::UnitState>& units, Progress& progress);
  [[nodiscard]] Result<> show_some(bool user, std::vector<UnitFacts>& facts, Progress& progress);
  [[nodiscard]] std::vector<std::string> words(const std::string& program, bool user) const;

  Tools& tools_;
  HostTree tree_;
  std::uint32_t uid_;
  std::int64_t since_ = 0;  ///< UTC seconds
};

/// Reads what `systemctl show` printed about `facts.size()` units. Errors: kBadMessage when it is
/// about another number of units.
[[nodiscard]] Result<> read_unit_facts(std::string_view text, std::vector<UnitFacts*>& facts);

}  // namespace gannet::agent
