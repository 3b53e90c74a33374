#include "playbooks/validate.h"

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/cli/application.h"
#include "controller/cli/commands.h"
#include "controller/report/json_documents.h"
#include "controller/report/text_reporter.h"
#include "controller/report/wording.h"

namespace gannet::controller {
namespace {

using playbooks::Diagnostic;

nlohmann::json diagnostic_json(const Diagnostic& diagnostic) {
  return {{"severity", diagnostic.severity == inventory::Severity::kError ? "error" : "warning"},
          {"file", diagnostic.from.file},
          {"line", diagnostic.from.line},
          {"column", diagnostic.from.column},
          {"message", diagnostic.message},
          {"note", diagnostic.note},
          {"hint", diagnostic.hint}};
}

class Validate final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "validate"; }
  [[nodiscard]] std::string summary() const override {
    return "Check the project without contacting a host";
  }
  [[nodiscard]] std::string details() const override {
    return "Reads gannet.yaml, the inventory, all environments and all sources, and renders\n"
           "every service for every host. Exit code 2 when something is wrong.";
  }

  Result<ExitCode> run(Application& application) override {
    application.reporter().attach("command", "validate");
    const auto file = project_file(application.options());
    auto project = playbooks::parse_project(file);
    if (!project) return tell(application, project.error());
    const std::vector<std::filesystem::path> files(application.options().inventory_files.begin(),
                                                   application.options().inventory_files.end());
    TRY(const auto inventory, playbooks::load_inventory(*project, files));
    return tell(application, playbooks::validate_project(*project, inventory));
  }

 private:
  static Result<ExitCode> tell(Application& application,
                               const std::vector<Diagnostic>& diagnostics) {
    const auto style = application.view().style;
    std::size_t errors = 0;
    auto list = nlohmann::json::array();
    std::string text;
    for (const auto& diagnostic : diagnostics) {
      const bool error = diagnostic.severity == inventory::Severity::kError;
      if (error) ++errors;
      list.push_back(diagnostic_json(diagnostic));
      text += style.paint(error ? Tone::kBad : Tone::kNotice, error ? "error:" : "warning:") + " " +
              printable(inventory::to_string(diagnostic)) + "\n";
      if (!diagnostic.hint.empty()) text += "  hint: " + indented(diagnostic.hint, 8) + "\n";
    }
    application.reporter().print(text);
    application.reporter().attach("diagnostics", list);
    const auto warnings = diagnostics.size() - errors;
    application.reporter().print(
        errors == 0 ? "Valid" + (warnings == 0 ? "" : ", " + count_of(warnings, "warning")) + "\n"
                    : count_of(errors, "error") + ", " + count_of(warnings, "warning") + "\n");
    return errors == 0 ? ExitCode::kOk : ExitCode::kUsage;
  }
};

}  // namespace

std::unique_ptr<Command> make_validate() { return std::make_unique<Validate>(); }

}  // namespace gannet::controller
