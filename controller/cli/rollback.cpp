#include <nlohmann/json.hpp>

#include "controller/cli/commands.h"
#include "controller/cli/release_flow.h"
#include "controller/report/plan_parts.h"
#include "controller/report/views.h"

namespace gannet::controller {
namespace {

class Rollback final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "rollback"; }
  [[nodiscard]] std::string summary() const override {
    return "Bring back the release before the current one";
  }
  [[nodiscard]] std::string details() const override {
    return "Goes the same way as a deploy: checks, plan, question, waves, health checks.\n"
           "With --plan it only shows what would be brought back, what cannot be and why,\n"
           "what will be down in which order, and the command that does it.\n"
           "\n"
           "Without --to it brings back the release that was in force before the current\n"
           "one. So a second rollback takes back the first, and says so; --to goes further\n"
           "back (gannet status -o json lists what is kept).\n"
           "\n"
           "With --plan, -o also takes markdown: a document for an issue.";
  }
  [[nodiscard]] std::vector<std::string> more_formats() const override { return {"markdown"}; }
  Options options() override {
    Options options;
    options.positionals = {services_argument(services_)};
    options.options = {
        {"", "plan", "", "Only show what would change", &plan_, {}, {}},
        {"", "to", "RELEASE", "Id or tag of a kept release; default the one before", &to_, {}, {}}};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    if (!plan_ && application.options().format == OutputFormat::kMarkdown)
      return fail(Code::kInvalidInput, "--output: rollback writes markdown only with --plan",
                  "add --plan");
    const auto job = prepare_release(application, application.options(), services_);
    if (!job) return ExitCode::kUsage;
    if (!plan_) return roll_back(application, *job, to_);
    TRY(auto context, application.operation("plan", job->workspace));
    RollbackOptions options;
    options.to = to_;
    const auto output = run_rollback_plan(context, job->context(), options);
    show(application, *job, output);
    return output.summary.exit_code();
  }

 private:
  void show(Application& application, const ReleaseJob& job, const PlanOutput& output) const {
    auto& reporter = application.reporter();
    const auto command = command_for(application, output);
    if (application.options().format != OutputFormat::kMarkdown)
      reporter.print("\n" + rollback_text(output, command, application.view()));
    else if (!output.summary.invalid)
      reporter.print(rollback_markdown(output, {.project = job.workspace.project.name,
                                                .environment = job.workspace.environment,
                                                .command = command}));
    reporter.attach("hosts", plan_json(output));
    reporter.attach("watchdog_ms", output.watchdog.count());
    reporter.attach("downtime", downtime_json(output));
    reporter.attach("carry_out", command);
  }

  /// Names the release where it can, so that it does the same thing later, too.
  [[nodiscard]] std::string command_for(const Application& application,
                                        const PlanOutput& output) const {
    auto arguments = services_;
    auto to = to_;
    if (const auto target = common_target(output); to.empty() && target) to = target->id;
    if (!to.empty()) arguments.insert(arguments.end(), {"--to", to});
    return command_on_same(application.options(), "rollback", arguments);
  }

  std::vector<std::string> services_;
  std::string to_;
  bool plan_ = false;
};

}  // namespace

std::unique_ptr<Command> make_rollback() { return std::make_unique<Rollback>(); }

}  // namespace gannet::controller
