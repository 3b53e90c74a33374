// The way back: what this run has put on hosts goes, what was in force before comes.
#include <utility>

#include "base/text.h"
#include "controller/deploy/roll_out.h"
#include "controller/fleet/ids.h"

namespace gannet::controller {

/// Hosts on which this run has put the release, of all waves or only of the one that failed.
std::vector<std::size_t> RollOut::hosts_to_take_back() {
  const bool all = strategy_.rollback == playbooks::RollbackScope::kAll;
  std::vector<std::size_t> hosts;
  std::size_t kept = 0;
  for (const auto& job : jobs_.jobs()) {
    if (run_.record(job.index).outcome != Outcome::kDeployed) continue;
    if (all || job.wave == wave_)
      hosts.push_back(job.index);
    else
      ++kept;
  }
  if (kept > 0)
    run_.note("rollback: wave: " + std::to_string(kept) + (kept == 1 ? " host" : " hosts") +
              " of earlier waves " + (kept == 1 ? "keeps" : "keep") + " the new release");
  return hosts;
}

Task<> RollOut::take_back_fleet() {
  std::vector<std::size_t> deployed = hosts_to_take_back();
  if (deployed.empty()) co_return;
  run_.note(budget_text() + ": taking the release back from " + std::to_string(deployed.size()) +
            (deployed.size() == 1 ? " host" : " hosts"));
  auto work = [this](std::size_t host) { return take_back_host(host); };
  co_await run_.for_each(std::move(deployed), std::move(work));
}

/// The releases that were in force before this run, as the host keeps them. A service that was not
/// there before gets a release without files: what gannet put there is removed.
Task<Result<>> RollOut::prepare_previous(HostJob* job, HostJob* back) {
  CO_TRY(back->link, co_await run_.open(job->index));
  const auto link = back->link.get();
  CO_TRY([[maybe_unused]] const protocol::HelloReply hello, co_await link->hello());
  for (std::size_t i = 0; i < job->releases.size(); ++i) {
    if (!job->changed[i]) continue;
    const protocol::ServicePlan& before = job->prepared.plans[i];
    protocol::Release release;
    if (before.current.empty()) {
      release.service = job->releases[i].service;
      release.id = job->releases[i].id + "-undone";
      release.run = job->releases[i].run;
      release.who = job->releases[i].who;
      release.created_ms = job->releases[i].created_ms;
    } else {
      protocol::GetReleaseRequest request;
      request.service = before.service;
      request.id = before.current;
      CO_TRY(protocol::GetReleaseReply kept, co_await link->ask(std::move(request)));
      if (!kept.problems.empty()) co_return fail(Code::kRestoreFailed, join(kept.problems, "; "));
      release = std::move(kept.release);
    }
    back->releases.push_back(std::move(release));
    back->changed.push_back(true);
  }
  CO_TRY_VOID(co_await check_previous(back));
  co_return Result<>{};
}

/// The host says beforehand what it cannot bring back: an image that is gone, say.
Task<Result<>> RollOut::check_previous(HostJob* back) {
  protocol::PrepareRequest request;
  request.releases = back->releases;
  request.wall_ms = wall_ms();
  const auto link = back->link.get();
  CO_TRY(protocol::PrepareReply reply, co_await link->ask(std::move(request)));
  for (const auto& finding : reply.findings) {
    if (finding.severity != protocol::Severity::kFail) continue;
    co_return fail(Code::kPreflight, printable(finding.name + ": " + finding.message),
                   printable(finding.hint));
  }
  co_return Result<>{};
}

Task<> RollOut::take_back_host(std::size_t host) {
  HostJob& job = jobs_.jobs()[host];
  run_.phase(host, "roll back");
  HostJob back;
  back.index = host;
  auto prepared = co_await prepare_previous(&job, &back);
  Verdict verdict;
  const std::string because = "deployed, then taken back because " + budget_text();
  if (prepared) {
    HostDeployment deployment(run_, uploader_, back, deployment_plan("roll back: " + reason_));
    verdict = co_await deployment.deploy();
  } else {
    verdict = Verdict{Outcome::kFailed, prepared.error().context, prepared.error().hint};
  }
  if (verdict.outcome == Outcome::kDeployed) {
    verdict = Verdict{Outcome::kRolledBack, because, {}};
  } else {
    verdict.message = "could not be rolled back, the new release is in force: " + verdict.message;
    if (verdict.outcome != Outcome::kUnknown) verdict.outcome = Outcome::kFailed;
  }
  record(job, std::move(verdict));
}

}  // namespace gannet::controller
