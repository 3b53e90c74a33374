// One command over the fleet: records, progress, signals. What all operations have in common.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "controller/deploy/operations.h"
#include "controller/deploy/signal_watch.h"
#include "controller/fleet/agent_session.h"
#include "controller/fleet/interrupt.h"
#include "controller/fleet/spawn.h"

namespace gannet::controller {

/// Runs a command's coroutine on the context's io_context until it is done, or until the user
/// wants out: the first SIGINT or SIGTERM sets interrupt(), gives the hosts 15 s to get into a safe
/// state; the second ends everything at once. Begins and finishes the run in the result store and
/// the report. Hosts are known by their index in the context.
class FleetRun {
 public:
  explicit FleetRun(OperationContext& context);
  ~FleetRun();
  FleetRun(const FleetRun&) = delete;
  FleetRun& operator=(const FleetRun&) = delete;

  /// Runs `body` to its end, then closes the books.
  [[nodiscard]] RunSummary execute(const std::function<Task<>()>& body);

  /// Does `work` for each of `hosts`, at most as many at once as limits allow, beginning no more
  /// when interrupted or when `stop` says so.
  [[nodiscard]] Task<> for_each(std::vector<std::size_t> hosts,
                                std::function<Task<>(std::size_t)> work,
                                std::function<bool()> stop = {});
  /// for_each() over all hosts that are not finished.
  [[nodiscard]] Task<> for_all(std::function<Task<>(std::size_t)> work);

  /// A new connection to the host's agent. kInterrupted as soon as the user wants to stop, unless
  /// it serves to bring the host into a safe state; kTimeout after `deadline`.
  enum class Purpose { kWork, kSafety };
  [[nodiscard]] Task<Result<LinkHolder>> open(std::size_t host, Purpose purpose = Purpose::kWork,
                                              DeadlineTime deadline = in(std::chrono::hours(1)));

  /// Waits; less when interrupted.
  [[nodiscard]] Task<> pause(std::chrono::milliseconds duration);

  [[nodiscard]] OperationContext& context() { return context_; }
  [[nodiscard]] Interrupt& interrupt() { return interrupt_; }
  [[nodiscard]] const inventory::Host& host(std::size_t index) const {
    return context_.hosts[index];
  }
  [[nodiscard]] HostRecord& record(std::size_t host) { return records_[host]; }
  /// True when that many sessions can stay open at the same time.
  [[nodiscard]] bool can_keep_open(std::size_t hosts) const;

  /// The host entered a phase. `detail` is for the reporter only: "upload" and "3 files, 1.2 MiB".
  void phase(std::size_t host, std::string_view phase, std::string_view detail = {});
  /// From here on something happens on the host; an end without an outcome is kUnknown.
  void touch(std::size_t host);
  /// touch(), and says so in the result store now: in case this program is killed.
  void touch_for_the_record(std::size_t host);
  /// The host's outcome. May be called again when it changes, as after a rollback.
  void finish(std::size_t host, Outcome outcome, std::string message = {}, std::string hint = {});
  /// The outcome that an error stands for: unreachable, skipped (interrupted) or failed.
  void finish_error(std::size_t host, const Error& error);
  /// The host is off: kUnreachable, or kSkipped when that is nothing to worry about.
  void finish_unreachable(std::size_t host, const Error& error);
  [[nodiscard]] bool finished(std::size_t host) const { return finished_[host]; }

  void refuse_preflight() { preflight_refused_ = true; }
  void add_finding(std::size_t host, const protocol::Finding& finding);
  void add_event(std::size_t host, std::string kind, std::string service, std::string text);
  void note(std::string_view text) { context_.reporter.note(text); }

  /// SIGINT between these two only interrupts a blocking read: while the user is asked something.
  [[nodiscard]] bool ask(const std::function<bool()>& question);

 private:
  void begin();
  RunSummary end();
  void run_loop(const std::function<Task<>()>& body);
  void watch_signals();
  void first_signal();
  void hard_stop(std::string_view why);
  void drain();
  void check_store(const Result<>& result);
  [[nodiscard]] AgentAccess access(std::size_t host, Purpose purpose);
  void remember(const std::shared_ptr<AgentLink>& link);

  OperationContext& context_;
  Interrupt interrupt_;
  std::vector<HostRecord> records_;
  std::vector<bool> finished_, touched_, recorded_;
  std::vector<std::string> doing_;  ///< last phase with its detail
  std::vector<TaskGroup> groups_;
  std::vector<std::weak_ptr<AgentLink>> links_;
  std::size_t links_swept_ = 64;  ///< when links_ is as long, those that are gone are dropped
  asio::cancellation_signal body_signal_;
  std::unique_ptr<SignalWatch> signals_;
  std::uint64_t open_files_ = 0;
  std::int64_t started_ms_ = 0;
  bool preflight_refused_ = false;
  bool done_ = false;
  bool stopped_hard_ = false;
  bool store_warned_ = false;
};

/// True for errors after which nothing is known about what the host did last.
[[nodiscard]] bool lost_contact(const Error& error);

}  // namespace gannet::controller
