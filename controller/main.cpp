// gannet, the controller: makes the long-lived objects and maps errors to exit codes.
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <filesystem>

#include <unistd.h>

#include <boost/asio/io_context.hpp>

#include "base/text.h"
#include "controller/cli/application.h"
#include "controller/cli/command.h"
#include "controller/cli/help.h"
#include "controller/cli/parser.h"
#include "controller/cli/run_log.h"
#include "controller/report/logging_reporter.h"
#include "controller/report/reporter.h"
#include "controller/ssh/ssh_transport.h"

namespace gannet::controller {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): no thread yet
  return value == nullptr ? "" : value;
}

bool utf8_locale() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    auto value = variable(name);
    if (value.empty()) continue;
    for (auto& c : value)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return value.find("utf-8") != std::string::npos || value.find("utf8") != std::string::npos;
  }
  return false;
}

ReportOptions report_options(const GlobalOptions& options) {
  const bool capable = variable("TERM") != "dumb" && !variable("TERM").empty();
  const bool terminal = ::isatty(STDOUT_FILENO) == 1 && capable;
  ReportOptions report;
  report.format = options.format;
  report.color =
      terminal && ::isatty(STDERR_FILENO) == 1 && !options.no_color && variable("NO_COLOR").empty();
  report.live = terminal && options.verbose < 2;  // the log would tear the lines apart
  report.quiet = options.quiet;
  report.verbose = options.verbose;
  report.unicode = utf8_locale();
  return report;
}

ExitCode exit_code_of(const Error& error) {
  switch (error.code) {
    case Code::kInvalidInput:
    case Code::kNotFound:
    case Code::kConflict:
    case Code::kUnsupported:
      return ExitCode::kUsage;
    case Code::kInterrupted:
      return ExitCode::kInterrupted;
    default:
      return ExitCode::kFailed;
  }
}

/// Reports an error that ended the command line before there was a command.
int refuse(const std::vector<std::string>& words, const Error& error, Sink& sink) {
  ReportOptions report;
  report.format = requested_format(words);
  const auto reporter = make_reporter(report, sink);
  reporter->error(error);
  reporter->close(static_cast<int>(ExitCode::kUsage));
  return static_cast<int>(ExitCode::kUsage);
}

/// Secrets are asked for above the live lines; without a terminal nobody is asked.
SshTransportOptions transport_options(Reporter& reporter, Prompter& prompter) {
  SshTransportOptions options;
  options.warn = [&reporter](const std::string& text) { reporter.warning(text); };
  if (prompter.available())
    options.ask_secret = [&reporter, &prompter](const std::string& question) {
      reporter.suspend();
      return prompter.ask_secret(question);
    };
  return options;
}

int run_command(Command& command, const GlobalOptions& options,
                const std::vector<std::string>& words, Sink& sink) {
  const auto results = ResultStore::default_file();
  RunLog log(results.parent_path() / "logs", options.verbose);
  const auto report = report_options(options);
  const auto plain = make_reporter(report, sink);
  const auto reporter = make_logging_reporter(*plain, log.logger());
  TerminalPrompter prompter;
  asio::io_context io(1);
  SshTransport transport(io.get_executor(), transport_options(*reporter, prompter));
  Application application({.io = io,
                           .transport = transport,
                           .reporter = *reporter,
                           .prompter = prompter,
                           .report = report,
                           .sink = sink,
                           .results_file = results,
                           .begin_log = [&log](const std::string& run) { log.begin(run); }},
                          options, words);
  const auto result = command.run(application);
  if (!result) reporter->error(result.error());
  const auto code = result ? *result : exit_code_of(result.error());
  reporter->close(static_cast<int>(code));
  return static_cast<int>(code);
}

int run(const std::vector<std::string>& words, Sink& sink) {
  const auto commands = all_commands();
  GlobalOptions options;
  const auto parsed = parse(words, commands, options);
  if (!parsed) {
    const int code = refuse(words, parsed.error(), sink);
    if (words.empty()) sink.err("\n" + short_help(commands));
    return code;
  }
  if (parsed->help) {
    sink.out(*parsed->help);
    return static_cast<int>(ExitCode::kOk);
  }
  if (!options.folder.empty()) {
    std::error_code ec;
    std::filesystem::current_path(options.folder, ec);
    if (ec)
      return refuse(words,
                    {Code::kInvalidInput, "-C " + options.folder + ": " + ec.message(),
                     "name the folder of a gannet.yaml"},
                    sink);
  }
  return run_command(*parsed->command, options, words, sink);
}

}  // namespace
}  // namespace gannet::controller

int main(int argc, char** argv) {
  // A reader of stdout or a host that goes away is an error of that write, not the end of gannet.
  std::signal(SIGPIPE, SIG_IGN);  // NOLINT(cert-err33-c)
  const auto sink = gannet::controller::make_terminal_sink();
  try {
    return gannet::controller::run(std::vector<std::string>(argv + 1, argv + argc), *sink);
  } catch (const std::exception& error) {
    sink->err("internal error: " + gannet::printable(error.what()) +
              ", please report it with the command line that led to it\n");
  } catch (...) {
    sink->err("internal error: unknown exception, please report it\n");
  }
  return 1;
}
