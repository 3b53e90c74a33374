#include <algorithm>

#include <nlohmann/json.hpp>

#include "controller/cli/application.h"
#include "controller/cli/commands.h"
#include "controller/report/views.h"

namespace gannet::controller {
namespace {

class Check final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "check"; }
  [[nodiscard]] std::string summary() const override {
    return "Look at every host: pass, warn, fail, and the fix";
  }
  [[nodiscard]] std::string details() const override {
    return "Runs the checks that stand before every deploy. Exit code 5 when one fails.";
  }

  Result<ExitCode> run(Application& application) override {
    const auto workspace = application.load(Needs::kInventory);
    if (!workspace) return ExitCode::kUsage;
    TRY(auto context, application.operation("check", *workspace));
    const ReleaseContext release{.project = workspace->project,
                                 .environment = workspace->find_environment(),
                                 .variables = workspace->variables,
                                 .services = {},
                                 .tag = {}};
    const auto output = run_check(context, release);
    application.reporter().print(check_text(output, application.view()) + "\n");
    application.reporter().attach("findings", findings_json(output));
    application.reporter().attach("facts", facts_json(output));
    if (output.summary.interrupted) return ExitCode::kInterrupted;
    const bool failed = std::ranges::any_of(output.results, [](const CheckResult& result) {
      return std::ranges::count(result.findings, protocol::Severity::kFail,
                                &protocol::Finding::severity) > 0;
    });
    return failed ? ExitCode::kPreflight : output.summary.exit_code();
  }
};

}  // namespace

std::unique_ptr<Command> make_check() { return std::make_unique<Check>(); }

}  // namespace gannet::controller
