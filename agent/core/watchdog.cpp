#include "agent/core/watchdog.h"

#include <utility>

#include "agent/core/commit.h"
#include "agent/core/engine.h"
#include "agent/core/locks.h"
#include "agent/core/restore.h"
#include "agent/progress.h"

namespace gannet::agent {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPoll{200};
constexpr milliseconds kRetry{2'000};
constexpr int kMaxTries = 5;

class Watchdog {
 public:
  Watchdog(const HostState::Options& options, FileSystem& files, HostActions& actions, Clock& clock,
           std::string transaction)
      : engine_(options, files, actions, clock), transaction_(std::move(transaction)) {
    engine_.who = "the watchdog";
  }

  Result<WatchdogEnd> run(milliseconds time) {
    TRY_VOID(check_name("transaction", transaction_));
    std::int64_t deadline = engine_.steady_ms() + time.count();
    for (int tries = 0; tries < kMaxTries;) {
      TRY(const auto info, engine_.files.stat(engine_.journals.path_of(transaction_)));
      if (!info) return WatchdogEnd::kDisarmed;
      if (engine_.steady_ms() < deadline) {
        engine_.clock.sleep_for(kPoll);
        continue;
      }
      TRY(const Step step, expire());
      if (step.end) return *step.end;
      if (step.tried) ++tries;
      deadline = step.deadline;
    }
    return WatchdogEnd::kRestoreFailed;
  }

 private:
  struct Step {
    std::optional<WatchdogEnd> end;
    std::int64_t deadline = 0;  ///< when to look again; steady
    bool tried = false;         ///< a restore that failed
  };

  [[nodiscard]] Step again(milliseconds pause) const {
    return {std::nullopt, engine_.steady_ms() + pause.count(), false};
  }

  Result<Step> expire() {
    // Try, do not wait: a live apply holds it as long as it needs.
    TRY(const auto lock, engine_.files.try_lock(engine_.paths.lock, LockMode::kExclusive));
    if (!lock) return again(kPoll);
    auto journal = engine_.journals.load(transaction_);
    if (!journal && journal.error().code == Code::kNotFound) {
      return Step{WatchdogEnd::kDisarmed, 0, false};
    }
    if (!journal) return fail(std::move(journal.error()));
    if (journal->state == JournalState::kCommitting) {
      TRY_VOID(finish_commit(engine_, *journal));
      return Step{WatchdogEnd::kDisarmed, 0, false};
    }
    // An apply that took its time became healthy meanwhile: its commit has its own deadline.
    const bool waits = journal->state == JournalState::kApplied &&
                       engine_.steady_ms() < journal->deadline_steady_ms;
    if (waits) return Step{std::nullopt, journal->deadline_steady_ms, false};
    if (journal->state == JournalState::kRebooting) {  // so has a planned restart
      TRY(const auto reason, overdue(engine_, *journal));
      if (!reason) return again(kPoll);
    }
    static_cast<void>(lock->describe("the watchdog since " + format_ms(engine_.wall_ms()) +
                                     ": put back " + journal->reason));
    NoProgress nobody;
    const RestoreResult back = put_back(engine_, std::move(*journal), "watchdog expired", nobody);
    if (back.files_back) return Step{WatchdogEnd::kRestored, 0, false};
    Step failed = again(kRetry);
    failed.tried = true;
    return failed;
  }

  Engine engine_;
  std::string transaction_;
};

}  // namespace

Result<WatchdogEnd> run_watchdog(const HostState::Options& options, FileSystem& files,
                                 HostActions& actions, Clock& clock, const std::string& transaction,
                                 milliseconds deadline) {
  return Watchdog(options, files, actions, clock, transaction).run(deadline);
}

}  // namespace gannet::agent
