#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/cli/application.h"
#include "controller/cli/commands.h"
#include "controller/cli/completion_script.h"

namespace gannet::controller {
namespace {

class Completion final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "completion"; }
  [[nodiscard]] std::string summary() const override {
    return "Print a script that completes in your shell";
  }
  [[nodiscard]] std::string details() const override {
    return "bash: source <(gannet completion bash)\n"
           "zsh:  source <(gannet completion zsh)\n"
           "fish: gannet completion fish | source";
  }
  Options options() override {
    Options options;
    options.positionals = {
        {"SHELL", "bash, zsh or fish", &shell_, 1, 1, Completes::kWords, {"bash", "zsh", "fish"}}};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    const auto commands = all_commands();
    const auto& shell = shell_.front();
    std::string script;
    if (shell == "bash") script = bash_completion(commands);
    if (shell == "zsh") script = zsh_completion(commands);
    if (shell == "fish") script = fish_completion(commands);
    if (script.empty())
      return fail(Code::kInvalidInput, "completion: unknown shell \"" + printable(shell) + "\"",
                  "one of bash, zsh, fish");
    application.reporter().print(script);
    application.reporter().attach("command", "completion");
    application.reporter().attach("script", script);
    return ExitCode::kOk;
  }

 private:
  std::vector<std::string> shell_;
};

/// Prints names for the scripts above. Says nothing when the files cannot be read.
class Complete final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "__complete"; }
  [[nodiscard]] std::string summary() const override { return "Print names for shell completion"; }
  [[nodiscard]] bool listed() const override { return false; }
  Options options() override {
    Options options;
    options.positionals = {{"WHAT",
                            "hosts, services or environments",
                            &what_,
                            1,
                            1,
                            Completes::kWords,
                            {"hosts", "services", "environments"}}};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    auto wanted = application.options();
    wanted.selectors.clear();
    wanted.environment.clear();
    const auto workspace = load_workspace(wanted, Needs::kInventory);
    if (!workspace) return ExitCode::kOk;
    const auto& what = what_.front();
    std::string text;
    if (what == "hosts")
      for (const auto& host : workspace->inventory.hosts()) text += host.name + "\n";
    if (what == "services")
      for (const auto& service : workspace->project.services) text += service.name + "\n";
    if (what == "environments")
      for (const auto& each : workspace->project.environments) text += each.name + "\n";
    application.reporter().print(text);
    return ExitCode::kOk;
  }

 private:
  std::vector<std::string> what_;
};

}  // namespace

std::unique_ptr<Command> make_completion() { return std::make_unique<Completion>(); }
std::unique_ptr<Command> make_complete() { return std::make_unique<Complete>(); }

}  // namespace gannet::controller
