#include <algorithm>

#include "base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/pending.h"
#include "controller/cli/release_flow.h"
#include "controller/report/wording.h"

namespace gannet::controller {
namespace {

constexpr std::size_t kLookBack = 1'000;  // runs

class Deploy final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "deploy"; }
  [[nodiscard]] std::string summary() const override {
    return "Bring services to the state of the project";
  }
  [[nodiscard]] std::string details() const override {
    return "Checks every host first; shows the plan and asks; goes out in waves (strategy in\n"
           "gannet.yaml); a host whose health checks fail gets back what it had. Nothing is\n"
           "final on a host before a second connection has reached it.";
  }
  Options options() override {
    Options options;
    options.positionals = {services_argument(services_)};
    options.options = {
        {"", "tag", "TAG", "Name of the release; default from git describe", &tag_, {}, {}},
        {"",
         "only-failed",
         "",
         "Only hosts on which the newest deploy did not succeed",
         &only_failed_,
         {},
         {}},
        {"",
         "pending",
         "",
         "Only hosts that missed the last deploy, and what they missed",
         &pending_,
         {},
         {}},
        {"",
         "skip-unreachable",
         "",
         "Hosts that are off are skipped and do not count for the exit code",
         &skip_unreachable_,
         {},
         {}}};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    if (only_failed_ && pending_)
      return fail(Code::kInvalidInput, "--only-failed and --pending do not go together",
                  "use one after the other");
    if (pending_) return deploy_pending(application);
    std::optional<std::vector<std::string>> only;
    if (only_failed_) {
      TRY(only, failed_hosts(application));
      if (only->empty()) {
        application.reporter().print("Nothing to do: the newest deploy succeeded everywhere.\n");
        return ExitCode::kOk;
      }
    }
    auto job = prepare_release(application, application.options(), services_, only);
    if (!job) return ExitCode::kUsage;
    job->tag = tag_.empty() ? described_tag(job->workspace) : tag_;
    job->skip_unreachable = skip_unreachable_;
    return deploy_release(application, *job);
  }

 private:
  Result<ExitCode> deploy_pending(Application& application) {
    TRY(auto* store, application.store());
    auto options = application.options();
    TRY(const auto pending,
        pending_of(*store, project_root(options), options.environment, services_));
    if (!pending.other_environments.empty())
      application.reporter().note("Also pending in " + join(pending.other_environments, ", ") +
                                  ": choose with --env");
    if (pending.hosts.empty()) {
      application.reporter().print("Nothing is pending: no host has missed the last deploy.\n");
      return ExitCode::kOk;
    }
    options.environment = pending.environment;
    auto job = prepare_release(application, options, pending.services, pending.hosts);
    if (!job) return ExitCode::kUsage;
    job->tag = pending_tag(application, *job, pending);
    job->skip_unreachable = skip_unreachable_;
    return deploy_release(application, *job);
  }

  /// The project as it is now goes out, so that is what the tag has to name.
  std::string pending_tag(Application& application, const ReleaseJob& job,
                          const Pending& pending) const {
    std::string tag = tag_.empty() ? described_tag(job.workspace) : tag_;
    if (tag.empty()) tag = pending.tag;
    std::string what = name_hosts(pending.hosts) + " missed " + join(pending.services, ", ");
    if (!pending.tag.empty()) what += " " + pending.tag;
    what += "; they get the project as it is now";
    application.reporter().note(tag == pending.tag ? what : what + ": " + tag);
    return tag;
  }

  /// Hosts of the newest deploy of this project that are left.
  static Result<std::vector<std::string>> failed_hosts(Application& application) {
    TRY(auto* store, application.store());
    const auto root = project_root(application.options());
    TRY(const auto runs, store->runs(root, kLookBack));
    const auto newest = std::ranges::find(runs, "deploy", &RunRecord::command);
    if (newest == runs.end())
      return fail(Code::kNotFound, "no deploy of this project is recorded",
                  "deploy without --only-failed");
    TRY(const auto hosts, store->hosts(newest->id));
    return remaining_hosts(hosts);
  }

  std::vector<std::string> services_;
  std::string tag_;
  bool only_failed_ = false, pending_ = false, skip_unreachable_ = false;
};

}  // namespace

std::unique_ptr<Command> make_deploy() { return std::make_unique<Deploy>(); }

}  // namespace gannet::controller
