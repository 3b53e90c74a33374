#include "playbooks/validate.h"

#include <filesystem>

#include <nlohmann/json.hpp>

#include "controller/cli/application.h"
#include "controller/cli/commands.h"
#include "controller/cli/findings_report.h"

namespace gannet::controller {
namespace {

class Validate final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "validate"; }
  [[nodiscard]] std::string summary() const override {
    return "Check the project without contacting a host";
  }
  [[nodiscard]] std::string details() const override {
    return "Reads gannet.yaml, the inventory, all environments and all sources, and renders\n"
           "every service for every host. Compose files are also checked for mistakes in\n"
           "ports, volumes, networks, images and dependencies. Exit code 2 when something\n"
           "is wrong; warnings alone are 0.\n"
           "\n"
           "Every finding has a rule: \"gannet explain GN-PORT-001\" tells more. A comment\n"
           "on the line or the one above allows it, with the reason:\n"
           "  # gannet: ignore GN-PORT-003 -- only reachable through the VPN\n"
           "\n"
           "-o also takes sarif (SARIF 2.1.0, for code scanning) and github (annotations\n"
           "of a workflow run).";
  }
  [[nodiscard]] std::vector<std::string> more_formats() const override {
    return {"sarif", "github"};
  }

  Result<ExitCode> run(Application& application) override {
    application.reporter().attach("command", "validate");
    const auto file = project_file(application.options());
    auto project = playbooks::parse_project(file);
    if (!project) return report_findings(application, project.error());
    std::vector<std::filesystem::path> files(application.options().inventory_files.begin(),
                                             application.options().inventory_files.end());
    if (files.empty()) files = project->inventory_files;
    const auto wrong = inventory::find_problems(files);
    if (!wrong.empty()) return report_findings(application, wrong);
    TRY(const auto inventory, playbooks::load_inventory(*project, files));
    return report_findings(application, playbooks::validate_project(*project, inventory));
  }
};

}  // namespace

std::unique_ptr<Command> make_validate() { return std::make_unique<Validate>(); }

}  // namespace gannet::controller
