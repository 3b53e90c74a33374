#include <algorithm>

#include <nlohmann/json.hpp>

#include "controller/cli/application.h"
#include "controller/cli/commands.h"
#include "controller/report/views.h"

namespace gannet::controller {
namespace {

class Status final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "status"; }
  [[nodiscard]] std::string summary() const override {
    return "Show what runs where, since when, which release";
  }
  [[nodiscard]] std::string details() const override {
    return "Also tells which hosts are locked, wait for a confirmation, had to put something back\n"
           "by themselves, or missed a deploy (gannet deploy --pending).";
  }
  Options options() override {
    Options options;
    options.options = {
        {"", "drift", "", "Compare the hosts with the release in force", &drift_, {}, {}},
        {"", "exit-code", "", "Exit with 1 when something has drifted", &exit_code_, {}, {}},
        {"", "offline", "", "From the record of runs; no host is asked", &offline_, {}, {}}};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    const auto workspace = application.load(Needs::kInventory);
    if (!workspace) return ExitCode::kUsage;
    if (offline_) return from_record(application, *workspace);
    TRY(auto context, application.operation("status", *workspace));
    const auto output = run_status(context, drift_);
    application.reporter().print(status_text(output, application.view()) + "\n");
    application.reporter().attach("hosts", status_json(output));
    const auto drifted = std::ranges::any_of(output.hosts, [](const HostStatus& host) {
      return std::ranges::any_of(host.status.services,
                                 [](const auto& service) { return has_drifted(service); });
    });
    return drifted && exit_code_ ? ExitCode::kFailed : output.summary.exit_code();
  }

 private:
  static Result<ExitCode> from_record(Application& application, const Workspace& workspace) {
    TRY(auto* store, application.store());
    TRY(auto known, store->known_state(project_root(application.options())));
    std::erase_if(known, [&](const ResultStore::Known& row) {
      return std::ranges::count(workspace.hosts, row.host, &inventory::Host::name) == 0;
    });
    application.reporter().begin("status", workspace.hosts.size(),
                                 workspace.inventory.hosts().size(), {});
    TRY(auto missed, store->missed(project_root(application.options())));
    std::erase_if(missed, [&](const ResultStore::Missed& row) {
      return std::ranges::count(workspace.hosts, row.host, &inventory::Host::name) == 0;
    });
    application.reporter().print(known_text(known, application.view()) +
                                 missed_text(missed, application.view()));
    application.reporter().attach("hosts", known_json(known));
    application.reporter().attach("missed_deploys", missed_json(missed));
    return ExitCode::kOk;
  }

  bool drift_ = false, exit_code_ = false, offline_ = false;
};

}  // namespace

std::unique_ptr<Command> make_status() { return std::make_unique<Status>(); }

}  // namespace gannet::controller
