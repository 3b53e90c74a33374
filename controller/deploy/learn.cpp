// What became of a host that nobody saw: after lost contact, and after a planned restart.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "controller/deploy/deployment.h"

namespace gannet::controller {
namespace {

constexpr auto kGrace = std::chrono::seconds(10);  // for the watchdog's own work
constexpr auto kRestartTime = std::chrono::minutes(5);
constexpr auto kFirstWait = std::chrono::milliseconds(200);
constexpr auto kLongestWait = std::chrono::milliseconds(2'000);

}  // namespace

// ---- finding out ----------------------------------------------------------------------------

/// Asks the host until it has an answer or must have restored itself long since.
Task<Verdict> HostDeployment::learn(Error reason) {
  run_.phase(job_.index, "reconnect", reason.context);
  const auto executor = run_.context().io.get_executor();
  const bool guarded = plan_.watchdog.count() > 0;
  const auto unguarded = restarting_ ? restores_at_ : in(kNoWatchdogTime);
  const auto until = guarded ? restores_at_ + kGrace : unguarded;
  auto pause = std::chrono::milliseconds(kFirstWait);
  for (;;) {
    if (!job_.link.alive()) {
      auto opened = co_await run_.open(job_.index, FleetRun::Purpose::kSafety, until);
      if (opened) job_.link = std::move(*opened);
    }
    if (job_.link.alive()) {
      auto verdict = co_await ask_host(reason);
      if (verdict) co_return std::move(*verdict);
    }
    if (std::chrono::steady_clock::now() + pause >= until) co_return lost_for_good(reason);
    co_await sleep_until(executor, in(pause));
    pause = std::min(pause * 2, kLongestWait);
  }
}

Verdict HostDeployment::lost_for_good(const Error& reason) const {
  Verdict verdict{Outcome::kUnknown, reason.context, std::string(kLookHint)};
  if (plan_.watchdog.count() > 0)
    verdict.message +=
        "; unless it was committed, the host restores itself at " + time_of_day(restores_at_);
  return verdict;
}

/// One question. nullopt: not decided yet, or not understood.
Task<std::optional<Verdict>> HostDeployment::ask_host(Error reason) {
  const auto link = job_.link.get();
  protocol::StatusRequest request;
  for (const auto& release : releases_) request.services.push_back(release.service);
  const Ticket ticket = link->send(request);
  auto hello = co_await link->hello();
  if (!hello) co_return std::nullopt;
  auto status = co_await link->receive<protocol::StatusRequest>(ticket);
  if (!status) co_return std::nullopt;
  switch (judge(*status, hello->recovered, transaction_, releases_)) {
    case Truth::kCommitted:
      co_return Verdict{Outcome::kDeployed, {}, {}};
    case Truth::kRestored:
    case Truth::kBefore:
      co_return Verdict{Outcome::kRolledBack, reason.context + std::string(kAsBefore), reason.hint};
    case Truth::kRestoredSick: {
      const auto* recovery = recovery_of(*status, hello->recovered, transaction_);
      co_return Verdict{
          Outcome::kFailed,
          reason.context + "; what was there before is back, but: " + printable(recovery->detail),
          std::string(kLookHint)};
    }
    case Truth::kPending:
      break;
  }
  const bool restarting = status->pending && status->pending->rebooting;
  auto settled = co_await settle_pending(std::move(reason), restarting);
  co_return settled;
}

/// The change is healthy and waits, or is being put back right now. This link is newer than the
/// change when the old one is gone, so a commit over it means what a commit has to mean.
Task<std::optional<Verdict>> HostDeployment::settle_pending(Error reason, bool restarting) {
  if (must_go_back()) {
    protocol::RestoreRequest request;
    request.transaction = transaction_;
    request.reason = reason.context;
    const auto link = job_.link.get();
    auto reply = co_await link->ask(std::move(request));
    if (!reply || !reply->restored) co_return std::nullopt;
    const auto outcome = reply->healthy ? Outcome::kRolledBack : Outcome::kFailed;
    co_return Verdict{outcome, reason.context + std::string(kAsBefore), reason.hint};
  }
  if (restarting) {
    auto gone_on = co_await go_on(std::move(reason));
    co_return gone_on;
  }
  commit_until_ = restores_at_;
  auto committed = co_await try_commit();
  if (!committed) co_return std::nullopt;
  co_return Verdict{Outcome::kDeployed, {}, {}};
}

// ---- a planned restart ----------------------------------------------------------------------

/// The host goes down and comes back; then the agent is told to go on.
Task<Verdict> HostDeployment::await_restart(const protocol::ApplyReply& reply) {
  for (const auto& finding : reply.findings) run_.add_finding(job_.index, finding);
  job_.link = LinkHolder();
  std::string what = "wait for the host";
  if (!reply.last_lines.empty())
    what += ", restarted for " + printable(join(reply.last_lines, ", "));
  if (plan_.watchdog.count() > 0) {
    restores_at_ = in(std::chrono::milliseconds(reply.watchdog_left_ms));
    what += "; it restores itself at " + time_of_day(restores_at_);
  } else {
    restores_at_ = in(kRestartTime);
  }
  run_.phase(job_.index, "reboot", what);
  run_.add_event(job_.index, "step", "", what);
  restarting_ = true;
  Error reason{Code::kTimeout, "not back and healthy in time after its planned restart", ""};
  co_return co_await learn(std::move(reason));
}

/// nullopt: not yet. The link is dropped then: the host may be about to go down.
Task<std::optional<Verdict>> HostDeployment::go_on(Error reason) {
  protocol::ApplyRequest request;
  request.transaction = transaction_;
  request.go_on = true;
  const auto link = job_.link.get();
  const Ticket ticket =
      link->send(request, [this](const protocol::Event& event) { on_event(event); });
  auto registration = run_.interrupt().on_request([link] { link->cancel_running(); });
  auto reply = co_await link->receive<protocol::ApplyRequest>(ticket);
  registration.reset();
  if (!reply) {
    job_.link = LinkHolder();
    co_return std::nullopt;
  }
  if (reply->outcome != protocol::ApplyOutcome::kHealthy) co_return judge_apply(*reply);
  restarting_ = false;
  if (plan_.watchdog.count() > 0)
    restores_at_ = in(std::chrono::milliseconds(reply->watchdog_left_ms));
  if (must_go_back()) {
    auto back = co_await take_back(std::move(reason));
    co_return back;
  }
  auto verdict = co_await commit();
  co_return verdict;
}

}  // namespace gannet::controller
