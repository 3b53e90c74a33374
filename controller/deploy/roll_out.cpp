#include "controller/deploy/roll_out.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "controller/deploy/mask_secrets.h"
#include "controller/deploy/mixed_images.h"
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
  if (waves_.empty()) {
    tell_who_missed_it();
    co_return;
  }
  const bool go_on = co_await confirmed(std::move(confirm));
  if (!go_on) {
    if (!run_.interrupt().requested()) skip_rest("not confirmed");
    co_return;
  }
  co_await deploy_waves();
  if (budget_.must_roll_back() && !run_.interrupt().requested()) co_await take_back_fleet();
  tell_mixed_images();
  tell_who_missed_it();
}

void RollOut::tell_who_missed_it() {
  std::vector<std::string> missed;
  for (const auto& job : jobs_.jobs()) {
    if (run_.record(job.index).missed) missed.push_back(run_.host(job.index).name);
  }
  if (missed.empty() || jobs_.source().kind != ReleaseSource::Kind::kProject) return;
  run_.note("Not there yet: " + join(missed, ", ") + "; later: gannet deploy --pending");
}

void RollOut::tell_mixed_images() {
  std::vector<HostImages> hosts;
  for (const auto& job : jobs_.jobs()) {
    if (run_.record(job.index).outcome != Outcome::kDeployed) continue;
    const auto& machine = job.facts.userland.empty() ? job.facts.arch : job.facts.userland;
    hosts.push_back({run_.host(job.index).name, machine, job.came_to});
  }
  for (const std::string& sentence : mixed_images(hosts)) {
    run_.context().reporter.warning(sentence);
  }
}

// ---- before anything is changed -------------------------------------------------------------

/// False when a check failed anywhere: then nothing is touched on any host. With on_failure:
/// continue it costs only the hosts that refuse, unless all do.
bool RollOut::preflight_passed() {
  std::vector<std::string> refusing;
  std::vector<std::size_t> left_out;
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
    left_out.push_back(job.index);
    run_.finish(job.index, Outcome::kSkipped, "pre-flight: " + join(failed, "; "), hint);
  }
  if (refusing.empty()) return true;
  const bool some_left =
      std::ranges::any_of(jobs_.jobs(), [&](const auto& job) { return !run_.finished(job.index); });
  if (some_left && strategy_.on_failure == playbooks::OnFailure::kContinue) {
    for (const std::size_t host : left_out) leave_out(host);
    return true;
  }
  run_.refuse_preflight();
  skip_rest("nothing was touched: pre-flight refused on " + join(refusing, ", "));
  return false;
}

/// The others go on without this host.
void RollOut::leave_out(std::size_t host) {
  HostJob& job = jobs_.jobs()[host];
  job.ready = false;
  job.link = LinkHolder();
  run_.record(host).missed = true;
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
  plan = build_plan(job, run_.host(host).name, jobs_.blobs(), jobs_.source().kind);
  mask_secrets(plan, jobs_.release().variables);
  const HostRecord& record = run_.record(host);
  if (run_.finished(host)) {
    if (!record.message.empty() && record.outcome != Outcome::kUnchanged)
      plan.error =
          Error{record.outcome == Outcome::kUnreachable || record.excused ? Code::kUnreachable
                                                                          : Code::kRemoteIo,
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
  output.watchdog = strategy_.watchdog;
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
    wave_ = wave;
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
  if (verdict.outcome == Outcome::kUnreachable) {
    run_.finish_unreachable(job.index, {verdict.code, verdict.message, verdict.hint});
    return;
  }
  run_.finish(job.index, verdict.outcome, std::move(verdict.message), std::move(verdict.hint));
}

}  // namespace gannet::controller
