#include <nlohmann/json.hpp>

#include "controller/cli/commands.h"
#include "controller/cli/release_flow.h"
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
           "With --plan it only shows what would be brought back, and whether it can be.";
  }
  Options options() override {
    Options options;
    options.positionals = {{"SERVICE",
                            "Only these services; default all",
                            &services_,
                            0,
                            SIZE_MAX,
                            Completes::kServices,
                            {}}};
    options.options = {
        {"", "plan", "", "Only show what would change", &plan_, {}, {}},
        {"", "to", "RELEASE", "Id or tag of a kept release; default the one before", &to_, {}, {}}};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    const auto job = prepare_release(application, application.options(), services_);
    if (!job) return ExitCode::kUsage;
    if (!plan_) return roll_back(application, *job, to_);
    TRY(auto context, application.operation("plan", job->workspace));
    RollbackOptions options;
    options.to = to_;
    const auto output = run_rollback_plan(context, job->context(), options);
    application.reporter().print("\n" + plan_text(output, application.view()));
    application.reporter().attach("hosts", plan_json(output));
    return output.summary.exit_code();
  }

 private:
  std::vector<std::string> services_;
  std::string to_;
  bool plan_ = false;
};

}  // namespace

std::unique_ptr<Command> make_rollback() { return std::make_unique<Rollback>(); }

}  // namespace gannet::controller
