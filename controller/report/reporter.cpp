#include "controller/report/reporter.h"

#include "controller/report/document_reporter.h"
#include "controller/report/json_reporter.h"
#include "controller/report/text_reporter.h"

namespace gannet::controller {

void Reporter::print(std::string_view /*text*/) {}
void Reporter::suspend() {}
void Reporter::attach(std::string_view /*key*/, const nlohmann::json& /*value*/) {}
void Reporter::close(int /*exit_code*/) {}

std::unique_ptr<Reporter> make_reporter(ReportOptions options, Sink& sink) {
  switch (options.format) {
    case OutputFormat::kText:
    case OutputFormat::kSarif:
    case OutputFormat::kGithub:
      return std::make_unique<TextReporter>(options, sink);
    case OutputFormat::kJson:
      return std::make_unique<JsonReporter>(sink);
    case OutputFormat::kJsonLines:
      return std::make_unique<JsonLinesReporter>(sink);
    case OutputFormat::kMarkdown:
      return make_document_reporter(options, sink);
  }
  return nullptr;
}

}  // namespace gannet::controller
