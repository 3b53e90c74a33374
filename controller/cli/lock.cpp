#include "base/text.h"
#include "controller/cli/application.h"
#include "controller/cli/commands.h"

namespace gannet::controller {
namespace {

class Lock final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "lock"; }
  [[nodiscard]] std::string summary() const override {
    return "Refuse deployments to hosts, with a reason";
  }
  Options options() override {
    Options options;
    options.options = {
        {"",
         "reason",
         "TEXT",
         "Why; shown to whoever tries to deploy (required)",
         &reason_,
         {},
         {}},
        {"", "ttl", "DURATION", "Unlock by itself after this time; default never", &ttl_, {}, {}}};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    if (trim(reason_).empty())
      return fail(Code::kInvalidInput, "lock: why?",
                  "give a reason, as in: gannet lock --reason \"disk is being replaced\"");
    const auto workspace = application.load(Needs::kInventory);
    if (!workspace) return ExitCode::kUsage;
    TRY(auto context, application.operation("lock", *workspace));
    return run_lock(context, reason_, ttl_).exit_code();
  }

 private:
  std::string reason_;
  std::chrono::milliseconds ttl_{0};
};

class Unlock final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "unlock"; }
  [[nodiscard]] std::string summary() const override {
    return "Allow deployments to locked hosts again";
  }

  Result<ExitCode> run(Application& application) override {
    const auto workspace = application.load(Needs::kInventory);
    if (!workspace) return ExitCode::kUsage;
    TRY(auto context, application.operation("unlock", *workspace));
    return run_unlock(context).exit_code();
  }
};

}  // namespace

std::unique_ptr<Command> make_lock() { return std::make_unique<Lock>(); }
std::unique_ptr<Command> make_unlock() { return std::make_unique<Unlock>(); }

}  // namespace gannet::controller
