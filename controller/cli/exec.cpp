#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/cli/application.h"
#include "controller/cli/commands.h"
#include "controller/report/views.h"

namespace gannet::controller {
namespace {

/// One word is a shell command line; several are words, passed on as they are.
std::string remote_command(const std::vector<std::string>& words) {
  if (words.size() == 1) return words.front();
  std::vector<std::string> quoted;
  quoted.reserve(words.size());
  for (const auto& word : words) quoted.push_back(shell_quote(word));
  return join(quoted, " ");
}

class Exec final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "exec"; }
  [[nodiscard]] std::string summary() const override {
    return "Run a command on hosts; equal output is folded";
  }
  [[nodiscard]] std::string details() const override {
    return "One word after \"--\" is a line for the shell of the host; several words are passed\n"
           "on as they are. Works with -i alone, without gannet.yaml. Exit code 1 when the\n"
           "command fails on a host.";
  }
  Options options() override {
    Options options;
    options.options = {
        {"", "command-timeout", "DURATION", "End the command after this time", &timeout_, {}, {}}};
    options.after_dashes = &words_;
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    if (words_.empty())
      return fail(Code::kInvalidInput, "exec: which command?",
                  "write it after \"--\", as in: gannet exec --on role=pi -- uptime");
    const auto workspace = application.load(Needs::kInventory);
    if (!workspace) return ExitCode::kUsage;
    TRY(auto context, application.operation("exec", *workspace));
    ExecOptions options;
    options.command = remote_command(words_);
    options.timeout = timeout_;
    const auto output = run_exec(context, options);
    application.reporter().print(exec_text(output, application.view()) + "\n");
    application.reporter().attach("hosts", exec_json(output));
    if (output.summary.interrupted) return ExitCode::kInterrupted;
    const bool failed = std::ranges::any_of(output.results, [](const ExecResult& result) {
      return !result.error && (result.reply.exit_code != 0 || result.reply.timed_out);
    });
    return failed ? ExitCode::kFailed : output.summary.exit_code();
  }

 private:
  std::vector<std::string> words_;
  std::chrono::milliseconds timeout_{0};
};

}  // namespace

std::unique_ptr<Command> make_exec() { return std::make_unique<Exec>(); }

}  // namespace gannet::controller
