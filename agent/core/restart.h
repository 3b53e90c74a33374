// A planned restart of the host in the middle of a transaction. Order: docs/recovery.md.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/core/engine.h"
#include "agent/host_state.h"
#include "agent/progress.h"
#include "agent/service_manager.h"
#include "base/result.h"
#include "protocol/messages.h"

namespace gannet::agent {

/// What a host is given to shut down and come up again, on top of the watchdog's time.
inline constexpr std::int64_t kRestartMs = 180'000;

/// What the distribution says the restart is for (package names), when it asks for one
/// (/run/reboot-required) and a release wants it done; nullopt: no restart. At most 20 names.
[[nodiscard]] Result<std::optional<std::vector<std::string>>> restart_wanted(
    const Engine& engine, const std::vector<protocol::Release>& releases);

/// Journals that the host restarts, with a deadline of its own, and starts it. After an error the
/// caller goes back: nothing restarts then.
[[nodiscard]] Outcome begin_restart(const Engine& engine, Journal& journal, Progress& progress);

/// What is left to come back, be healthy and be gone on with; 0: no watchdog, or nothing is left.
[[nodiscard]] std::uint64_t restart_left_ms(const Engine& engine, const Journal& journal);

/// Why `journal`, in its planned restart, must be put back; `boot`: the id of this boot.
[[nodiscard]] std::optional<std::string> overdue_restart(const Engine& engine,
                                                         const Journal& journal,
                                                         const std::string& boot);

/// True when the host has come up and nobody has noted it: watch_restarted() has to.
[[nodiscard]] bool is_fresh_restart(const Journal& journal, const std::string& boot);

/// Notes the new boot and arms a watchdog for the time that is left. Returns why the transaction
/// must be put back instead, when it cannot.
[[nodiscard]] std::optional<std::string> watch_restarted(const Engine& engine,
                                                         WatchdogLauncher& watchdog,
                                                         Journal& journal, const std::string& boot);

/// Goes on behind the restart: gates, then `applied`. The caller holds the host's lock. Errors:
/// kNotFound when it was put back meanwhile, kConflict when the host has not restarted yet.
[[nodiscard]] Result<protocol::ApplyReply> go_on(const Engine& engine,
                                                 const std::string& transaction,
                                                 Progress& progress);

}  // namespace gannet::agent
