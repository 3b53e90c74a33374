// plan, deploy, rollback: the operations that bring releases to hosts.
#include <algorithm>
#include <utility>

#include "controller/deploy/operations.h"
#include "controller/deploy/release_jobs.h"
#include "controller/deploy/roll_out.h"
#include "controller/deploy/shipped_images.h"

namespace gannet::controller {
namespace {

std::string reason_of(const OperationContext& context, const ReleaseContext& release) {
  std::string reason = context.run.command.empty() ? "deploy" : context.run.command;
  if (!release.tag.empty()) reason += " " + release.tag;
  return reason;
}

/// Narrows the context to the hosts asked for.
void keep_only(OperationContext& context, const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::erase_if(context.hosts, [&](const inventory::Host& host) {
    return std::find(names.begin(), names.end(), host.name) == names.end();
  });
}

/// The definitions are wrong: nothing is contacted, and there is no run to record.
RunSummary refuse(OperationContext& context, const std::vector<Error>& errors) {
  for (const auto& error : errors) context.reporter.error(error);
  RunSummary summary;
  summary.invalid = true;
  return summary;
}

/// The release of a run that reads the images it ships itself, unless the caller does.
class ImageRun {
 public:
  ImageRun(FleetRun& run, const ReleaseContext& release)
      : release_(release),
        images_(run.context().io.get_executor()),
        registration_(run.interrupt().on_request([this] { images_.cancel(); })) {
    if (release_.images == nullptr) release_.images = &images_;
  }
  ImageRun(const ImageRun&) = delete;
  ImageRun& operator=(const ImageRun&) = delete;
  ~ImageRun() = default;

  [[nodiscard]] const ReleaseContext& release() const { return release_; }

 private:
  ReleaseContext release_;
  ShippedImages images_;
  Interrupt::Registration registration_;
};

RunSummary roll_out(OperationContext& context, const ReleaseContext& release, ReleaseSource source,
                    const Confirm& confirm) {
  FleetRun run(context);
  const ImageRun images(run, release);
  ReleaseJobs jobs(run, images.release(), std::move(source));
  if (const auto errors = jobs.make(); !errors.empty()) return refuse(context, errors);
  RollOut out(run, jobs, reason_of(context, release));
  return run.execute([&] { return out.run(confirm); });
}

Task<> make_plan(FleetRun* run, RollOut* out, std::vector<HostPlan>* plans) {
  co_await out->plan(plans);
  for (std::size_t i = 0; i < plans->size(); ++i) {
    const auto& problems = (*plans)[i].problems;
    if (run->finished(i)) continue;
    if (problems.empty()) {
      run->finish(i, Outcome::kUnchanged);
    } else {
      run->finish(i, Outcome::kFailed, problems.front());
    }
  }
}

PlanOutput plan_out(OperationContext& context, const ReleaseContext& release,
                    ReleaseSource source) {
  PlanOutput output;
  FleetRun run(context);
  const ImageRun images(run, release);
  ReleaseJobs jobs(run, images.release(), std::move(source));
  if (const auto errors = jobs.make(); !errors.empty()) {
    output.summary = refuse(context, errors);
    return output;
  }
  output.watchdog = release.project.strategy.watchdog;
  RollOut out(run, jobs, reason_of(context, release));
  output.summary = run.execute([&] { return make_plan(&run, &out, &output.hosts); });
  return output;
}

}  // namespace

PlanOutput run_plan(OperationContext& context, const ReleaseContext& release) {
  return plan_out(context, release, ReleaseSource{});
}

RunSummary run_deploy(OperationContext& context, const ReleaseContext& release,
                      const DeployOptions& options) {
  keep_only(context, options.only_hosts);
  return roll_out(context, release, ReleaseSource{}, options.confirm);
}

PlanOutput run_rollback_plan(OperationContext& context, const ReleaseContext& release,
                             const RollbackOptions& options) {
  return plan_out(context, release, ReleaseSource{ReleaseSource::Kind::kHost, options.to});
}

RunSummary run_rollback(OperationContext& context, const ReleaseContext& release,
                        const RollbackOptions& options) {
  return roll_out(context, release, ReleaseSource{ReleaseSource::Kind::kHost, options.to},
                  options.confirm);
}

}  // namespace gannet::controller
