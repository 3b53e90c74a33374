// Going back: puts a transaction's paths into the state of its snapshot, with the writer and the
// health gates that going forward uses.
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

/// Passes events and heartbeats on, but what was begun is ended.
class Unstoppable final : public Progress {
 public:
  explicit Unstoppable(Progress& inner) : inner_(inner) {}
  void event(const protocol::Event& event) override { inner_.event(event); }
  bool stop_requested() override {
    static_cast<void>(inner_.stop_requested());  // sends heartbeats
    return false;
  }

 private:
  Progress& inner_;
};

struct RestoreResult {
  bool files_back = false;  ///< else the journal stays open and the next contact tries again
  bool healthy = false;     ///< files are back, hooks worked, gates passed
  std::string detail;       ///< the problems met, a line each, with what commands printed
};

/// A release that was not committed leaves no images behind; one that is kept keeps its own.
void drop_images_unless_kept(const Engine& engine, const protocol::Release& release);

/// Puts `journal` back and closes it. With `unattended` (the reason) the outcome is recorded for
/// the next controller first. Never stops half-way because nobody listens. Safe to repeat after a
/// crash at any point. The caller holds the host's lock.
[[nodiscard]] RestoreResult put_back(const Engine& engine, Journal journal,
                                     const std::optional<std::string>& unattended,
                                     Progress& progress);

/// The answer to an apply that failed: `journal` is put back first.
[[nodiscard]] protocol::ApplyReply go_back(const Engine& engine, const Journal& journal,
                                           const Failure& failure,
                                           std::vector<protocol::Finding> findings,
                                           Progress& progress);

/// Sets the time the transaction has from now: its watchdog's and `more_ms`. None without one.
void set_deadline(const Engine& engine, Journal& journal, std::int64_t more_ms);

/// Why `journal` must be put back without being asked; nullopt: it may stay as it is.
[[nodiscard]] Result<std::optional<std::string>> overdue(const Engine& engine,
                                                         const Journal& journal);

/// Finishes everything that an agent, a watchdog or a boot left unfinished. Returns what was put
/// back. A transaction in its planned restart stays, under a new `watchdog`. The caller holds the
/// host's lock. Errors: kCorrupt for a journal that cannot be read.
[[nodiscard]] Result<std::optional<protocol::Recovery>> recover(const Engine& engine,
                                                                WatchdogLauncher& watchdog,
                                                                Progress& progress);

[[nodiscard]] Result<std::optional<protocol::Recovery>> last_recovery(const Engine& engine);

}  // namespace gannet::agent
