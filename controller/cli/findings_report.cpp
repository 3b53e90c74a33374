#include "controller/cli/findings_report.h"

#include <algorithm>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/cli/findings.h"
#include "controller/report/text_reporter.h"
#include "controller/report/wording.h"
#include "playbooks/validate.h"
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
std::string closing_line(const std::vector<Diagnostic>& found, const std::string& good) {
  if (found.empty()) return good + "\n";
  const auto errors = count_severity(found, Severity::kError);
  const auto warnings = count_severity(found, Severity::kWarning);
  const auto infos = count_severity(found, Severity::kInfo);
  std::string text = errors == 0 ? "Valid" : count_of(errors, "error");
  if (errors != 0 || warnings != 0) text += ", " + count_of(warnings, "warning");
  if (infos != 0) text += ", " + std::to_string(infos) + " for information";
  return text + "\n";
}

void print_findings(Application& application, const std::vector<Diagnostic>& found,
                    const std::string& good) {
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
      reporter.print(closing_line(found, good));
      break;
  }
}

}  // namespace

ExitCode report_findings(Application& application, const std::vector<Diagnostic>& found,
                         const std::string& good, Strictness strictness) {
  print_findings(application, found, good);
  auto list = nlohmann::json::array();
  for (const auto& one : found) list.push_back(finding_json(one));
  application.reporter().attach("diagnostics", list);
  const bool bad =
      count_severity(found, Severity::kError) > 0 ||
      (strictness == Strictness::kWarnings && count_severity(found, Severity::kWarning) > 0);
  return bad ? ExitCode::kUsage : ExitCode::kOk;
}

}  // namespace gannet::controller
