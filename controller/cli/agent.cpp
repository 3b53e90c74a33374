#include <nlohmann/json.hpp>

#include "controller/cli/application.h"
#include "controller/cli/commands.h"
#include "controller/report/views.h"
#include "controller/report/wording.h"

namespace gannet::controller {
namespace {

class AgentRemove final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "agent remove"; }
  [[nodiscard]] std::string summary() const override {
    return "Remove the agent from hosts; deployed files stay";
  }
  Options options() override {
    Options options;
    options.options = {{"",
                        "state",
                        "",
                        "Kept releases and snapshots, too: no way back after this",
                        &state_,
                        {},
                        {}}};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    const auto workspace = application.load(Needs::kInventory);
    if (!workspace) return ExitCode::kUsage;
    TRY_VOID(application.require_consent());
    std::vector<std::string> names;
    for (const auto& host : workspace->hosts) names.push_back(host.name);
    const auto what = "Removes the agent" + std::string(state_ ? " and all kept releases" : "") +
                      " from " + name_hosts(names) + ".\n";
    if (!application.confirm(what, "Remove?"))
      return fail(Code::kInterrupted, "nothing was removed");
    TRY(auto context, application.operation("agent remove", *workspace));
    return run_agent_remove(context, state_).exit_code();
  }

 private:
  bool state_ = false;
};

class AgentVersionOf final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "agent version"; }
  [[nodiscard]] std::string summary() const override { return "Show which agent each host runs"; }

  Result<ExitCode> run(Application& application) override {
    const auto workspace = application.load(Needs::kInventory);
    if (!workspace) return ExitCode::kUsage;
    TRY(auto context, application.operation("agent version", *workspace));
    const auto output = run_agent_version(context);
    application.reporter().print(versions_text(output, application.view()) + "\n");
    application.reporter().attach("hosts", versions_json(output));
    return output.summary.exit_code();
  }
};

}  // namespace

std::unique_ptr<Command> make_agent_remove() { return std::make_unique<AgentRemove>(); }
std::unique_ptr<Command> make_agent_version() { return std::make_unique<AgentVersionOf>(); }

}  // namespace gannet::controller
