#include "controller/deploy/roll_out.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "controller/deploy/mask_secrets.h"
#include "controller/deploy/plan_builder.h"

namespace gannet::controller {

RollOut::RollOut(FleetRun& run, ReleaseJobs& jobs, std::string reason)
    : run_(run),
      jobs_(jobs),
      strategy_(jobs.release().project.strategy),
      reason_(std::move(reason)),
      uploader_(jobs.blobs()),
      budget_(strategy_) {}

std::string RollOut::budget_text() const {
  const auto failed = budget_.failures();
  return std::to_string(failed) + (failed == 1 ? " host" : " hosts") +
         " failed and max_failures is " + std::to_string(budget_.allowed());
}

void RollOut::skip_rest(const std::string& why) {
  for (auto& job : jobs_.jobs()) {
    if (!run_.finished(job.index)) run_.finish(job.index, Outcome::kSkipped, why);
    job.link = LinkHolder();
  }
}

Task<> RollOut::run(Confirm confirm) {
  co_await jobs_.prepare_all();
  if (run_.interrupt().requested()) co_return;
  if (!preflight_passed()) co_return;
  for (const auto& job : jobs_.jobs()) {
    if (run_.finished(job.index)) budget_.count(run_.record(job.index).outcome);
  }
  finish_unchanged();
  assign_waves();
  if (budget_.must_stop()) {
    skip_rest("not begun: " + budget_text());
    co_return;
  }
  if (waves_.empty()) co_return;
  const bool go_on = co_await confirmed(std::move(confirm));
  if (!go_on) {
    if (!run_.interrupt().requested()) skip_rest("not confirmed");
    co_return;
  }
  co_await deploy_waves();
  if (budget_.must_roll_back() && !run_.interrupt().requested()) co_await take_back_fleet();
}

// ---- before anything is changed -------------------------------------------------------------

/// False when a check failed anywhere: then nothing is touched on any host.
bool RollOut::preflight_passed() {
  std::vector<std::string> refusing;
  for (const auto& job : jobs_.jobs()) {
    if (run_.finished(job.index)) continue;
    std::vector<std::string> failed = job.problems;
    std::string hint;
    for (const auto& finding : job.prepared.findings) {
      if (finding.severity != protocol::Severity::kFail) continue;
      failed.push_back(printable(finding.name + ": " + finding.message));
      if (hint.empty()) hint = printable(finding.hint);
    }
    if (failed.empty()) continue;
    refusing.push_back(run_.host(job.index).name);
    run_.finish(job.index, Outcome::kSkipped, "pre-flight: " + join(failed, "; "), hint);
  }
  if (refusing.empty()) return true;
  run_.refuse_preflight();
  skip_rest("nothing was touched: pre-flight refused on " + join(refusing, ", "));
  return false;
}

void RollOut::finish_unchanged() {
  for (auto& job : jobs_.jobs()) {
    if (run_.finished(job.index) || job.any_change()) continue;
    job.link = LinkHolder();
    run_.finish(job.index, Outcome::kUnchanged);
  }
}

void RollOut::assign_waves() {
  std::vector<std::size_t> hosts;
  for (const auto& job : jobs_.jobs()) {
    if (job.ready && job.any_change()) hosts.push_back(job.index);
  }
  waves_ = plan_waves(hosts, strategy_);
  for (std::size_t wave = 0; wave < waves_.size(); ++wave) {
    for (const std::size_t host : waves_[wave]) {
      jobs_.jobs()[host].wave = static_cast<std::uint32_t>(wave);
      run_.record(host).wave = static_cast<std::uint32_t>(wave);
    }
  }
}

Task<> RollOut::plan(std::vector<HostPlan>* plans) {
  co_await jobs_.prepare_all();
  assign_waves();
  plans->resize(jobs_.jobs().size());
  std::vector<std::size_t> hosts;
  for (const auto& job : jobs_.jobs()) hosts.push_back(job.index);
  auto work = [this, plans](std::size_t host) { return fill_plan(host, plans); };
  co_await run_.for_each(std::move(hosts), std::move(work));
}

Task<> RollOut::fill_plan(std::size_t host, std::vector<HostPlan>* plans) {
  HostJob& job = jobs_.jobs()[host];
  HostPlan& plan = (*plans)[host];
  plan = build_plan(job, run_.host(host).name, jobs_.blobs());
  mask_secrets(plan, jobs_.release().variables);
  const HostRecord& record = run_.record(host);
  if (run_.finished(host)) {
    if (!record.message.empty() && record.outcome != Outcome::kUnchanged)
      plan.error =
          Error{record.outcome == Outcome::kUnreachable ? Code::kUnreachable : Code::kRemoteIo,
                record.message, record.hint};
    co_return;
  }
  if (job.any_change() && job.link.alive()) {
    auto shown = co_await add_differences(job.link.get(), jobs_.blobs(), &job, &plan);
    if (!shown) {
      plan.error = shown.error();
      run_.finish_error(host, shown.error());
      co_return;
    }
    mask_secrets(plan, jobs_.release().variables);
  }
}

Task<bool> RollOut::confirmed(Confirm confirm) {
  if (!confirm) co_return true;
  PlanOutput output;
  output.hosts.resize(jobs_.jobs().size());
  std::vector<std::size_t> hosts;
  for (const auto& job : jobs_.jobs()) hosts.push_back(job.index);
  auto* plans = &output.hosts;
  auto work = [this, plans](std::size_t host) { return fill_plan(host, plans); };
  co_await run_.for_each(std::move(hosts), std::move(work));
  for (std::size_t i = 0; i < jobs_.jobs().size(); ++i)
    output.summary.hosts.push_back(run_.record(i));
  const bool yes = run_.ask([&confirm, &output] { return confirm(output); });
  co_return yes;
}

// ---- forward --------------------------------------------------------------------------------

DeploymentPlan RollOut::deployment_plan(std::string reason) const {
  DeploymentPlan plan;
  plan.reason = std::move(reason);
  plan.watchdog = strategy_.watchdog;
  plan.keep_releases = strategy_.keep_releases;
  return plan;
}

Task<> RollOut::deploy_waves() {
  for (std::size_t wave = 0; wave < waves_.size(); ++wave) {
    if (wave > 0 && strategy_.pause.count() > 0) co_await run_.pause(strategy_.pause);
    if (run_.interrupt().requested()) co_return;
    const std::size_t hosts = waves_[wave].size();
    if (waves_.size() > 1)
      run_.note("wave " + std::to_string(wave + 1) + " of " + std::to_string(waves_.size()) + ": " +
                std::to_string(hosts) + (hosts == 1 ? " host" : " hosts"));
    auto work = [this](std::size_t host) { return deploy_host(host); };
    auto stop = [this] { return budget_.must_stop(); };
    co_await run_.for_each(waves_[wave], std::move(work), std::move(stop));
    if (budget_.must_stop() && !run_.interrupt().requested()) {
      skip_rest("not begun: " + budget_text());
      co_return;
    }
  }
}

Task<> RollOut::deploy_host(std::size_t host) {
  HostJob& job = jobs_.jobs()[host];
  if (run_.finished(host)) co_return;  // it failed while its differences were read
  DeploymentPlan plan = deployment_plan(reason_);
  plan.give_up = [this] { return budget_.must_roll_back(); };
  HostDeployment deployment(run_, uploader_, job, std::move(plan));
  Verdict verdict = co_await deployment.deploy();
  job.link = LinkHolder();
  budget_.count(verdict.outcome);
  record(job, std::move(verdict));
}

void RollOut::record(HostJob& job, Verdict verdict) {
  HostRecord& record = run_.record(job.index);
  for (std::size_t i = 0; i < record.services.size() && i < job.changed.size(); ++i) {
    if (job.changed[i]) record.services[i].outcome = verdict.outcome;
  }
  run_.finish(job.index, verdict.outcome, std::move(verdict.message), std::move(verdict.hint));
}

// ---- and back -------------------------------------------------------------------------------

Task<> RollOut::take_back_fleet() {
  std::vector<std::size_t> deployed;
  for (const auto& job : jobs_.jobs()) {
    if (run_.record(job.index).outcome == Outcome::kDeployed) deployed.push_back(job.index);
  }
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
