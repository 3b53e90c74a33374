#include "playbooks/validate.h"

#include <algorithm>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/cli/application.h"
#include "controller/cli/commands.h"
#include "controller/cli/findings.h"
#include "controller/report/json_documents.h"
#include "controller/report/text_reporter.h"
#include "controller/report/wording.h"
#include "playbooks/validate/rules.h"

namespace gannet::controller {
namespace {

using inventory::Severity;
using playbooks::Diagnostic;

Tone tone_of_finding(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return Tone::kBad;
    case Severity::kWarning:
      return Tone::kNotice;
    case Severity::kInfo:
      return Tone::kMuted;
  }
  return Tone::kMuted;
}

std::size_t count_severity(const std::vector<Diagnostic>& found, Severity severity) {
  return static_cast<std::size_t>(std::ranges::count(found, severity, &Diagnostic::severity));
}

std::string findings_text(const std::vector<Diagnostic>& found, const Style& style) {
  std::string text;
  for (const auto& one : found) {
    const std::string word =
        std::string(playbooks::to_string(one.severity)) + "[" + one.rule + "]:";
    text += style.paint(tone_of_finding(one.severity), word) + " " +
            printable(inventory::to_string(one)) + "\n";
    if (!one.hint.empty()) text += "  hint: " + indented(one.hint, 8) + "\n";
  }
  return text;
}

/// "Valid", "Valid, 1 warning", "2 errors, 0 warnings".
std::string closing_line(const std::vector<Diagnostic>& found) {
  const auto errors = count_severity(found, Severity::kError);
  const auto warnings = count_severity(found, Severity::kWarning);
  const auto infos = count_severity(found, Severity::kInfo);
  std::string text = errors == 0 ? "Valid" : count_of(errors, "error");
  if (errors != 0 || warnings != 0) text += ", " + count_of(warnings, "warning");
  if (infos != 0) text += ", " + std::to_string(infos) + " for information";
  return text + "\n";
}

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
    if (!project) return tell(application, project.error());
    std::vector<std::filesystem::path> files(application.options().inventory_files.begin(),
                                             application.options().inventory_files.end());
    if (files.empty()) files = project->inventory_files;
    const auto wrong = inventory::find_problems(files);
    if (!wrong.empty()) return tell(application, wrong);
    TRY(const auto inventory, playbooks::load_inventory(*project, files));
    return tell(application, playbooks::validate_project(*project, inventory));
  }

 private:
  static Result<ExitCode> tell(Application& application, const std::vector<Diagnostic>& found) {
    auto& reporter = application.reporter();
    const auto folder = std::filesystem::current_path().string();
    switch (application.options().format) {
      case OutputFormat::kSarif:
        // Bytes of a file name that are no UTF-8 must not stop the document.
        reporter.print(
            sarif_log(found, folder).dump(2, ' ', false, nlohmann::json::error_handler_t::replace) +
            "\n");
        break;
      case OutputFormat::kGithub:
        reporter.print(github_commands(found, folder));
        break;
      case OutputFormat::kText:
      case OutputFormat::kJson:
      case OutputFormat::kJsonLines:
      case OutputFormat::kMarkdown:
        reporter.print(findings_text(found, application.view().style));
        reporter.print(closing_line(found));
        break;
    }
    auto list = nlohmann::json::array();
    for (const auto& one : found) list.push_back(finding_json(one));
    reporter.attach("diagnostics", list);
    return count_severity(found, Severity::kError) == 0 ? ExitCode::kOk : ExitCode::kUsage;
  }
};

}  // namespace

std::unique_ptr<Command> make_validate() { return std::make_unique<Validate>(); }

}  // namespace gannet::controller
