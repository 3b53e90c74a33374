#include "agent/core/transaction.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/core/change_set.h"
#include "agent/core/change_writer.h"
#include "agent/core/health_gate.h"
#include "agent/core/restart.h"
#include "agent/core/restore.h"
#include "agent/core/service_changes.h"
#include "agent/core/step_point.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

using protocol::ApplyReply;
using protocol::Release;

class Apply {
 public:
  Apply(const Engine& engine, WatchdogLauncher& watchdog, const protocol::ApplyRequest& request,
        Progress& progress)
      : engine_(engine), watchdog_(watchdog), request_(request), progress_(progress) {}

  Result<ApplyReply> run() {
    TRY_VOID(check_request());
    TRY_VOID(take_snapshot());
    if (auto failure = fetch_images()) return refuse(std::move(*failure));
    if (auto begun = begin(); !begun) {
      drop_images();
      return fail(std::move(begun.error()));
    }
    auto failure = change();
    if (!failure) failure = restart();
    if (!failure && reasons_) return restarting();
    if (!failure) failure = pass_gates([](const Release&) { return true; });
    if (!failure) failure = settle();
    if (failure) return go_back(engine_, journal_, *failure, std::move(findings_), progress_);
    ApplyReply reply;
    reply.findings = std::move(findings_);
    reply.images = came_to_;
    reply.watchdog_left_ms = request_.watchdog_ms;
    return reply;
  }

 private:
  Result<> check_request() {
    TRY_VOID(check_name("transaction", request_.transaction));
    for (const Release& release : request_.releases) {
      TRY_VOID(check_name("release", release.id));
      const auto kept = engine_.releases.load(release.service, release.id);
      if (kept && protocol::content_digest(kept->release) != protocol::content_digest(release)) {
        return fail(Code::kConflict,
                    "release " + release.id + " of " + release.service +
                        " is kept here with another content",
                    "deploy under a new release id");
      }
    }
    return {};
  }

  Result<> take_snapshot() {
    if (progress_.stop_requested()) {
      return fail(Code::kInterrupted, "stopped before anything was changed");
    }
    progress_.step("", "snapshot");
    TRY(const Owners owners, Owners::load(engine_.files));
    TRY(set_, work_out(engine_, request_.releases, owners));
    TRY_VOID(save_contents(engine_.blobs, set_.now));
    for (const PathState& state : set_.wanted) {
      if (!state.exists) continue;
      TRY(const bool there, engine_.blobs.has(state.content));
      if (!there) {
        return fail(Code::kConflict, "the content of " + state.path + " was not uploaded",
                    "deploy again: what is missing is uploaded again");
      }
    }
    TRY(changes_, service_changes(engine_, request_.releases, set_));
    if (runs_something(changes_)) {
      TRY(journal_.running, engine_.services.look(both_sides(changes_), progress_));
    }
    step_point("snapshot");
    return {};
  }

  /// May take long and touches nothing that runs, so neither journal nor watchdog are needed yet.
  std::optional<Failure> fetch_images() {
    journal_.images.resize(changes_.size());
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      if (changes_[i].wanted->projects.empty()) continue;
      if (progress_.stop_requested()) return stopped();
      auto fetched = engine_.services.fetch(changes_[i], progress_);
      if (!fetched) return std::move(fetched.error());
      journal_.images[i] = std::move(*fetched);
      came_to_.insert(came_to_.end(), journal_.images[i].begin(), journal_.images[i].end());
    }
    return std::nullopt;
  }

  /// Nothing was changed, and there are lines that say why.
  Result<ApplyReply> refuse(Failure failure) {
    drop_images();
    ApplyReply reply;
    reply.outcome = protocol::ApplyOutcome::kRefused;
    reply.code = failure.error.code;
    reply.error = std::move(failure.error.context);
    reply.hint = std::move(failure.error.hint);
    reply.last_lines = std::move(failure.last_lines);
    return reply;
  }

  void drop_images() const {
    for (const Release& release : request_.releases) drop_images_unless_kept(engine_, release);
  }

  /// From nothing to the point where the first change may be made.
  Result<> begin() {
    journal_.transaction = request_.transaction;
    journal_.run = request_.run;
    journal_.who = engine_.who;
    journal_.reason = request_.reason;
    TRY(journal_.boot_id, engine_.boot_id());
    journal_.since_ms = engine_.wall_ms();
    journal_.watchdog_ms = request_.watchdog_ms;
    journal_.keep_releases = request_.keep_releases;
    journal_.releases = request_.releases;
    for (const auto& kept : set_.in_force) {
      journal_.previous.push_back(kept ? kept->release.id : "");
    }
    journal_.before = set_.now;
    set_deadline(engine_, journal_, 0);
    if (auto saved = engine_.journals.save(journal_); !saved) {
      static_cast<void>(engine_.journals.remove(request_.transaction));
      return saved;
    }
    step_point("journal applying");
    return arm();
  }

  Result<> arm() {
    if (request_.watchdog_ms == 0) return {};
    auto armed =
        watchdog_.arm(request_.transaction, std::chrono::milliseconds(request_.watchdog_ms));
    if (!armed) {
      TRY_VOID(engine_.journals.remove(request_.transaction));
      return fail(std::move(armed.error()).in("arm the watchdog"));
    }
    step_point("watchdog armed");
    protocol::Event event;
    event.kind = protocol::EventKind::kArmed;
    event.value = request_.watchdog_ms;
    progress_.event(event);
    return {};
  }

  std::optional<Failure> change() {
    for (const Release& release : request_.releases) {
      if (auto failure = run_all(release, release.before)) return failure;
    }
    for (const ServiceChange& one : changes_) {
      if (auto failure = withdraw(one)) return failure;
    }
    if (auto failure = write_files()) return failure;
    if (auto failure = note_after()) return failure;
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      if (auto failure = wait_for_needs(*changes_[i].wanted)) return failure;
      if (auto failure = activate(i)) return failure;
      if (auto failure = run_all(*changes_[i].wanted, changes_[i].wanted->after)) return failure;
    }
    return std::nullopt;
  }

  /// Once for all releases, when everything is in place: the gates come after it.
  std::optional<Failure> restart() {
    if (progress_.stop_requested()) return stopped();
    auto wanted = restart_wanted(engine_, request_.releases);
    if (!wanted) return Failure{std::move(wanted.error()), {}};
    if (!*wanted) return std::nullopt;
    progress_.step("", (*wanted)->empty() ? "restart the host"
                                          : "restart the host for " + join(**wanted, ", "));
    if (auto begun = begin_restart(engine_, journal_, progress_); !begun)
      return std::move(begun.error());
    reasons_ = std::move(*wanted);
    return std::nullopt;
  }

  [[nodiscard]] ApplyReply restarting() {
    ApplyReply reply;
    reply.outcome = protocol::ApplyOutcome::kRebooting;
    reply.last_lines = *reasons_;
    reply.images = came_to_;
    reply.findings = std::move(findings_);
    reply.watchdog_left_ms = restart_left_ms(engine_, journal_);
    return reply;
  }

  std::optional<Failure> withdraw(const ServiceChange& one) {
    if (one.in_force == nullptr || !one.in_force->runs_something()) return std::nullopt;
    if (progress_.stop_requested()) return stopped();
    auto done = engine_.services.withdraw(one, progress_);
    step_point("withdraw " + one.wanted->service);
    if (done) return std::nullopt;
    return std::move(done.error());
  }

  std::optional<Failure> activate(std::size_t i) {
    const ServiceChange& one = changes_[i];
    // What is not run any more may be known to others: Caddy serves a site until it reads anew.
    const bool ran = one.in_force != nullptr && one.in_force->runs_something();
    if (!one.wanted->runs_something() && !ran) return std::nullopt;
    if (progress_.stop_requested()) return stopped();
    progress_.step(one.wanted->service, "activate");
    auto done = engine_.services.activate(one, journal_.images[i], progress_);
    step_point("activate " + one.wanted->service);
    if (!done) return std::move(done.error());
    return std::nullopt;
  }

  /// What this release needs must be healthy before it is started.
  std::optional<Failure> wait_for_needs(const Release& release) {
    const auto is_needed = [&](const Release& other) {
      return std::find(release.needs.begin(), release.needs.end(), other.service) !=
             release.needs.end();
    };
    return pass_gates(is_needed);
  }

  /// Each release passes its gate once.
  template <class Predicate>
  std::optional<Failure> pass_gates(const Predicate& wanted) {
    std::vector<GateSubject> subjects;
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      const Release& release = *changes_[i].wanted;
      if (!wanted(release) || !gated_.insert(release.service).second) continue;
      subjects.push_back({&release, journal_.images[i], &journal_.running});
    }
    if (subjects.empty()) return std::nullopt;
    GateResult gate = run_gates(subjects, engine_.actions, engine_.clock, progress_);
    findings_.insert(findings_.end(), gate.findings.begin(), gate.findings.end());
    if (gate.stopped) return stopped();
    if (gate.healthy) return std::nullopt;
    return Failure{{gate.code, gate.error, gate.hint}, gate.last_lines};
  }

  std::optional<Failure> run_all(const Release& release, const std::vector<protocol::Hook>& hooks) {
    for (const auto& hook : hooks) {
      if (progress_.stop_requested()) return stopped();
      progress_.step(release.service, "run " + hook.command);
      auto done = engine_.actions.run_hook(release.service, hook, progress_);
      step_point("hook of " + release.service);
      const std::string where = release.service + ": " + hook.command + ": ";
      if (!done) return Failure{std::move(done.error()).in(release.service), {}};
      if (done->stopped) return stopped();
      if (done->ok()) continue;
      const std::string why =
          done->timed_out ? "ran into its timeout" : "exit code " + std::to_string(done->exit_code);
      return Failure{{Code::kCommandFailed, where + why, "run the command on the host by hand"},
                     done->last_lines};
    }
    return std::nullopt;
  }

  std::optional<Failure> write_files() {
    if (progress_.stop_requested()) return stopped();
    std::size_t differing = 0;
    for (std::size_t i = 0; i < set_.wanted.size(); ++i) {
      if (set_.wanted[i] != set_.now.paths[i]) ++differing;
    }
    progress_.step("", "write " + std::to_string(differing) + " files");
    ChangeWriter writer(engine_.files, engine_.blobs, request_.transaction);
    auto written = writer.bring_about(set_.wanted, Order::kWriteFirst);
    if (!written) return Failure{std::move(written.error()), {}};
    return std::nullopt;
  }

  /// A restore must know whether `after` of a service that was not there before has begun.
  std::optional<Failure> note_after() {
    const bool any = std::any_of(request_.releases.begin(), request_.releases.end(),
                                 [](const Release& release) { return !release.after.empty(); });
    if (!any) return std::nullopt;
    journal_.after_begun = true;
    auto saved = engine_.journals.save(journal_);
    if (!saved) return Failure{std::move(saved.error()), {}};
    step_point("journal after hooks");
    return std::nullopt;
  }

  /// All is in place and healthy: from now on it waits for its commit.
  std::optional<Failure> settle() {
    if (progress_.stop_requested()) return stopped();
    // Set before it is saved: a save that fails may have reached the disk all the same, and then
    // going back has to say so first.
    journal_.state = JournalState::kApplied;
    set_deadline(engine_, journal_, 0);
    auto saved = engine_.journals.save(journal_);
    if (!saved) return Failure{std::move(saved.error()), {}};
    step_point("journal applied");
    return std::nullopt;
  }

  [[nodiscard]] static Failure stopped() {
    return {{Code::kInterrupted, "stopped: the controller cancelled, or its link is gone",
             "deploy again"},
            {}};
  }

  const Engine& engine_;
  WatchdogLauncher& watchdog_;
  const protocol::ApplyRequest& request_;
  Progress& progress_;
  ChangeSet set_;
  std::vector<ServiceChange> changes_;
  std::optional<std::vector<std::string>> reasons_;  ///< set: the host restarts
  std::set<std::string> gated_;                      ///< services that passed their gate
  Journal journal_;
  std::vector<protocol::Finding> findings_;
  std::vector<protocol::ImageTag> came_to_;  ///< what their names mean now
};

}  // namespace

Result<ApplyReply> apply(const Engine& engine, WatchdogLauncher& watchdog,
                         const protocol::ApplyRequest& request, Progress& progress) {
  return Apply(engine, watchdog, request, progress).run();
}

}  // namespace gannet::agent
