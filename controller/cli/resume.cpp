#include "base/text.h"
#include "controller/cli/commands.h"
#include "controller/cli/release_flow.h"
#include "controller/report/wording.h"

namespace gannet::controller {
namespace {

class Resume final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "resume"; }
  [[nodiscard]] std::string summary() const override {
    return "Go on with a deploy or rollback that was interrupted or partly failed";
  }
  [[nodiscard]] std::string details() const override {
    return "Takes the hosts that are not done yet, with the services, tag and environment of\n"
           "that run. Without RUN: the newest deploy or rollback of the project.";
  }
  Options options() override {
    Options options;
    options.positionals = {{"RUN", "Id of the run, or its beginning", &run_, 0, 1, {}, {}}};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    const auto& given = application.options();
    if (!given.selectors.empty() || !given.environment.empty())
      return fail(Code::kInvalidInput,
                  "resume takes hosts and environment from the run: --on and --env do not go "
                  "with it",
                  "to choose hosts, use: gannet deploy --on SELECTOR");
    TRY(auto* store, application.store());
    TRY(const auto run, store->find_run(project_root(given), run_.empty() ? "" : run_.front()));
    if (run.command != "deploy" && run.command != "rollback")
      return fail(Code::kInvalidInput,
                  "run " + run.id + " is no deploy or rollback: " + run.command,
                  "see: gannet history");
    TRY(const auto hosts, store->hosts(run.id));
    const auto left = remaining_hosts(hosts);
    if (left.empty()) {
      application.reporter().print("Nothing to do: run " + run.id +
                                   " is finished on all its hosts.\n");
      return ExitCode::kOk;
    }
    application.reporter().note("Resuming " + run.command + " " + run.id + " on " +
                                name_hosts(left));
    return go_on(application, run, left);
  }

 private:
  static Result<ExitCode> go_on(Application& application, const RunRecord& run,
                                const std::vector<std::string>& hosts) {
    auto options = application.options();
    options.environment = run.environment;
    const bool deploy = run.command == "deploy";
    auto job = prepare_release(application, options, run.services, hosts);
    if (!job) return ExitCode::kUsage;
    if (!deploy) return roll_back(application, *job, run.tag);
    job->tag = run.tag;
    return deploy_release(application, *job);
  }

  std::vector<std::string> run_;
};

}  // namespace

std::unique_ptr<Command> make_resume() { return std::make_unique<Resume>(); }

}  // namespace gannet::controller
