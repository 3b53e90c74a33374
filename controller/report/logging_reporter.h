// Writes what a reporter is told into a log as well.
#pragma once

#include <memory>

#include <spdlog/logger.h>

#include "controller/report/reporter.h"

namespace gannet::controller {

/// Passes everything on to `inner`. Lines of hosts are at level debug, phases and outcomes at info,
/// warnings and errors at theirs. Both outlive the result.
[[nodiscard]] std::unique_ptr<Reporter> make_logging_reporter(Reporter& inner, spdlog::logger& log);

}  // namespace gannet::controller
