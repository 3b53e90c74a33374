// For commands that print one document: stdout is the document, what people follow is on stderr.
#pragma once

#include <memory>

#include "controller/report/reporter.h"

namespace gannet::controller {

/// `sink` outlives the reporter. Live lines are never drawn.
[[nodiscard]] std::unique_ptr<Reporter> make_document_reporter(ReportOptions options, Sink& sink);

}  // namespace gannet::controller
