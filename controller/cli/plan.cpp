#include <nlohmann/json.hpp>

#include "controller/cli/commands.h"
#include "controller/cli/release_flow.h"
#include "controller/report/views.h"

namespace gannet::controller {
namespace {

class Plan final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "plan"; }
  [[nodiscard]] std::string summary() const override {
    return "Show what a deploy would change on each host";
  }
  [[nodiscard]] std::string details() const override {
    return "Nothing is changed. Values of secrets are not shown. Hosts with the same changes\n"
           "are named together.\n"
           "\n"
           "-o also takes markdown: a document for an issue, with differences folded away.";
  }
  [[nodiscard]] std::vector<std::string> more_formats() const override { return {"markdown"}; }
  Options options() override {
    Options options;
    options.positionals = {services_argument(services_)};
    options.options = {
        {"", "exit-code", "", "Exit with 6 when something would change", &exit_code_, {}, {}},
        {"", "tag", "TAG", "Name of the release; default from git describe", &tag_, {}, {}}};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    auto job = prepare_release(application, application.options(), services_);
    if (!job) return ExitCode::kUsage;
    job->tag = tag_.empty() ? described_tag(job->workspace) : tag_;
    TRY(auto context, application.operation("plan", job->workspace));
    const auto output = run_plan(context, job->context());
    show(application, *job, output);
    application.reporter().attach("hosts", plan_json(output));
    application.reporter().attach("watchdog_ms", output.watchdog.count());
    const auto code = output.summary.exit_code();
    if (code != ExitCode::kOk || !exit_code_) return code;
    for (const auto& host : output.hosts)
      if (host.changes()) return ExitCode::kChanges;
    return ExitCode::kOk;
  }

 private:
  void show(Application& application, const ReleaseJob& job, const PlanOutput& output) const {
    if (application.options().format != OutputFormat::kMarkdown)
      return application.reporter().print("\n" + plan_text(output, application.view()));
    if (output.summary.invalid) return;  // the error was told, and there is no plan
    auto arguments = services_;
    if (!tag_.empty()) arguments.insert(arguments.end(), {"--tag", tag_});
    application.reporter().print(plan_markdown(
        output, {.project = job.workspace.project.name,
                 .environment = job.workspace.environment,
                 .command = command_on_same(application.options(), "deploy", arguments)}));
  }

  std::vector<std::string> services_;
  std::string tag_;
  bool exit_code_ = false;
};

}  // namespace

std::unique_ptr<Command> make_plan() { return std::make_unique<Plan>(); }

}  // namespace gannet::controller
