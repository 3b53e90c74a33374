#include "agent/core/restore.h"

#include <algorithm>
#include <set>
#include <utility>

#include "agent/core/change_writer.h"
#include "agent/core/commit.h"
#include "agent/core/file_tools.h"
#include "agent/core/health_gate.h"
#include "agent/core/record.h"
#include "agent/core/restart.h"
#include "agent/core/step_point.h"

namespace gannet::agent {
namespace {

constexpr std::size_t kMaxDetail = 16UL * 1024UL;  // bytes

class Restore {
 public:
  Restore(const Engine& engine, Journal journal, Progress& progress)
      : engine_(engine), journal_(std::move(journal)), progress_(progress) {}

  RestoreResult run(const std::optional<std::string>& unattended) {
    progress_.step("", "restore");
    mark_applying();
    load_previous();
    undo_services();
    put_files_back();
    if (result_.files_back) {
      step_point("files back");
      bring_services_back();
      run_hooks();
      check_health();
    }
    result_.healthy = result_.detail.empty();
    if (unattended) record(*unattended);
    if (result_.files_back) close();
    return result_;
  }

  [[nodiscard]] protocol::Recovery recovery(const std::string& reason) const {
    return {.transaction = journal_.transaction,
            .run = journal_.run,
            .reason = reason,
            .when_ms = engine_.wall_ms(),
            .services = journal_.services(),
            .healthy = result_.healthy,
            .detail = result_.detail};
  }

 private:
  void problem(const std::string& text) {
    if (result_.detail.size() + text.size() > kMaxDetail && !result_.detail.empty()) return;
    if (!result_.detail.empty()) result_.detail += '\n';
    result_.detail += text;
  }
  void problem(const Result<>& result) {
    if (!result) problem(result.error().context);
  }

  /// From here on nobody may commit it, not even after a crash.
  void mark_applying() {
    if (journal_.state == JournalState::kApplying) return;
    journal_.state = JournalState::kApplying;
    // On a full disk this fails; going back makes room, and the deadline stays in force.
    static_cast<void>(engine_.journals.save(journal_));
    step_point("journal restoring");
  }

  void put_files_back() {
    ChangeWriter writer(engine_.files, engine_.blobs, journal_.transaction);
    const auto& paths = journal_.before.paths;
    static_cast<void>(writer.remove_temps(paths));
    static_cast<void>(engine_.releases.unstage(journal_.releases));
    auto back = writer.bring_about(paths, Order::kRemoveFirst);
    if (!back) {
      // One by one needs less room, and one bad path keeps no other from going back.
      back = Result<>();
      for (const PathState& state : paths) {
        auto one = writer.bring_about({state}, Order::kRemoveFirst);
        if (!one && back) back = std::move(one);
      }
    }
    if (back) back = remove_made_dirs();
    result_.files_back = back.has_value();
    problem(back);
  }

  Result<> remove_made_dirs() {
    const auto& made = journal_.before.missing_dirs;
    std::set<std::string> touched;
    for (auto directory = made.rbegin(); directory != made.rend(); ++directory) {
      auto removed = engine_.files.remove_dir(*directory);
      const bool expected = removed || removed.error().code == Code::kNotFound ||
                            removed.error().code == Code::kConflict;  // somebody else's file in it
      if (!expected) return removed;
      touched.insert(parent_of(*directory));
    }
    return sync_dirs(engine_.files, touched);
  }

  void load_previous() {
    for (std::size_t i = 0; i < journal_.releases.size(); ++i) {
      if (journal_.previous[i].empty()) continue;
      auto kept = engine_.releases.load(journal_.releases[i].service, journal_.previous[i]);
      if (kept) {
        previous_.push_back(std::move(*kept));
      } else {
        problem(kept.error().context);
      }
    }
  }

  [[nodiscard]] std::vector<const protocol::Release*> both_sides() const {
    std::vector<const protocol::Release*> releases;
    releases.reserve(journal_.releases.size() + previous_.size());
    for (const auto& release : journal_.releases) releases.push_back(&release);
    for (const auto& kept : previous_) releases.push_back(&kept.release);
    return releases;
  }

  [[nodiscard]] bool runs_something() const {
    const auto releases = both_sides();
    return std::any_of(releases.begin(), releases.end(),
                       [](const auto* release) { return release->runs_something(); });
  }

  void problem(const Outcome& outcome) {
    if (!outcome) problem(outcome.error().error.context);
  }

  /// What only the failed releases run ends before its files go.
  void undo_services() {
    if (!runs_something()) return;
    problem(engine_.services.undo(both_sides(), journal_.running, progress_));
    step_point("services undone");
  }

  void bring_services_back() {
    if (!runs_something()) return;
    problem(engine_.services.bring_back(both_sides(), journal_.running, progress_));
    step_point("services back");
  }

  void run_hooks() {
    for (std::size_t i = 0; i < journal_.releases.size(); ++i) {
      const auto& failed = journal_.releases[i];
      if (journal_.previous[i].empty() && journal_.after_begun) run_all(failed, failed.after);
    }
    for (const auto& kept : previous_) run_all(kept.release, kept.release.after);
    for (const auto& failed : journal_.releases) run_all(failed, failed.on_rollback);
  }

  void run_all(const protocol::Release& release, const std::vector<protocol::Hook>& hooks) {
    for (const auto& hook : hooks) {
      progress_.step(release.service, "run " + hook.command);
      auto done = engine_.actions.run_hook(release.service, hook, progress_);
      const std::string where = release.service + ": " + hook.command + ": ";
      if (!done) problem(where + done.error().context);
      if (done && !done->ok()) problem(where + how_it_ended(*done));
    }
  }

  /// With what it printed last: nobody will see it otherwise.
  [[nodiscard]] static std::string how_it_ended(const CommandResult& done) {
    std::string text =
        done.timed_out ? "ran into its timeout" : "exit code " + std::to_string(done.exit_code);
    for (const auto& line : done.last_lines) text += "\n  " + line;
    return text;
  }

  void check_health() {
    std::vector<GateSubject> subjects;
    subjects.reserve(previous_.size());
    for (const auto& kept : previous_) {
      subjects.push_back({&kept.release, kept.images, &journal_.running});
    }
    const GateResult gate = run_gates(subjects, engine_.actions, engine_.clock, progress_);
    if (gate.healthy) return;
    std::string text = gate.error;
    for (const auto& line : gate.last_lines) text += "\n  " + line;
    problem(text);
  }

  void record(const std::string& reason) {
    problem(replace_file(engine_.files, engine_.paths.last_recovery,
                         seal(kRecoveryMagic, protocol::encode(recovery(reason)))));
    step_point("recovery recorded");
  }

  void close() {
    for (const auto& release : journal_.releases) drop_images_unless_kept(engine_, release);
    auto removed = engine_.journals.remove(journal_.transaction);
    problem(removed);
    result_.healthy = result_.healthy && removed.has_value();
    step_point("journal removed");
  }

  const Engine& engine_;
  Journal journal_;
  Progress& progress_;
  RestoreResult result_;
  std::vector<KeptRelease> previous_;
};

}  // namespace

void drop_images_unless_kept(const Engine& engine, const protocol::Release& release) {
  if (release.projects.empty()) return;
  const auto kept = engine.releases.load(release.service, release.id);
  const bool gone = !kept && kept.error().code == Code::kNotFound;
  // Room is given back when it can be; what stays is found by whoever cleans Docker.
  if (gone) static_cast<void>(engine.services.release_images(release));
}

RestoreResult put_back(const Engine& engine, Journal journal,
                       const std::optional<std::string>& unattended, Progress& progress) {
  Unstoppable unstoppable(progress);
  return Restore(engine, std::move(journal), unstoppable).run(unattended);
}

Result<std::optional<std::string>> overdue(const Engine& engine, const Journal& journal) {
  if (journal.state == JournalState::kCommitting) return std::optional<std::string>{};
  TRY(const std::string boot, engine.boot_id());
  if (journal.state == JournalState::kRebooting) return overdue_restart(engine, journal, boot);
  if (boot != journal.boot_id) return std::optional<std::string>("host rebooted");
  if (journal.state == JournalState::kApplying)
    return std::optional<std::string>("agent was killed");
  const bool expired = journal.watchdog_ms > 0 && engine.steady_ms() >= journal.deadline_steady_ms;
  if (expired) return std::optional<std::string>("watchdog expired");
  return std::optional<std::string>{};
}

protocol::ApplyReply go_back(const Engine& engine, const Journal& journal, const Failure& failure,
                             std::vector<protocol::Finding> findings, Progress& progress) {
  protocol::ApplyReply reply;
  reply.code = failure.error.code;
  reply.error = failure.error.context;
  reply.hint = failure.error.hint;
  reply.last_lines = failure.last_lines;
  reply.findings = std::move(findings);
  const RestoreResult back = put_back(engine, journal, std::nullopt, progress);
  const bool good = back.files_back && back.healthy;
  reply.outcome = good ? protocol::ApplyOutcome::kRestored : protocol::ApplyOutcome::kRestoreFailed;
  if (!good) reply.restore_error = back.detail;
  return reply;
}

void set_deadline(const Engine& engine, Journal& journal, std::int64_t more_ms) {
  if (journal.watchdog_ms == 0) return;
  const auto time = static_cast<std::int64_t>(journal.watchdog_ms) + more_ms;
  journal.deadline_ms = engine.wall_ms() + time;
  journal.deadline_steady_ms = engine.steady_ms() + time;
}

Result<std::optional<protocol::Recovery>> recover(const Engine& engine, WatchdogLauncher& watchdog,
                                                  Progress& progress) {
  TRY(const std::string boot, engine.boot_id());
  std::optional<protocol::Recovery> recovered;
  TRY_VOID(engine.journals.remove_temps());
  TRY(const auto transactions, engine.journals.open_ones());
  for (const std::string& transaction : transactions) {
    TRY(Journal journal, engine.journals.load(transaction));
    if (journal.state == JournalState::kCommitting) {
      TRY_VOID(finish_commit(engine, journal));
      continue;
    }
    TRY(auto reason, overdue(engine, journal));
    if (!reason && is_fresh_restart(journal, boot))
      reason = watch_restarted(engine, watchdog, journal, boot);
    if (!reason) continue;
    Unstoppable unstoppable(progress);
    Restore restore(engine, std::move(journal), unstoppable);
    static_cast<void>(restore.run(reason));  // what went wrong is in the record
    recovered = restore.recovery(*reason);
  }
  return recovered;
}

Result<std::optional<protocol::Recovery>> last_recovery(const Engine& engine) {
  auto payload = read_record(engine.files, engine.paths.last_recovery, kRecoveryMagic);
  if (!payload && payload.error().code == Code::kNotFound) {
    return std::optional<protocol::Recovery>{};
  }
  if (!payload) return fail(std::move(payload.error()));
  TRY(auto recovery, protocol::decode<protocol::Recovery>(*payload));
  return std::optional<protocol::Recovery>(std::move(recovery));
}

}  // namespace gannet::agent
