// How progress and results reach the user. One implementation per output format:
// live lines on a terminal, plain lines, JSON at the end, JSON lines as it goes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/error.h"
#include "controller/deploy/outcome.h"
#include "controller/results/store.h"

namespace gannet::controller {

/// kSarif and kGithub are for findings in files: the command prints them, all else is text.
/// kMarkdown: the command prints one document on stdout, all else is text on stderr.
enum class OutputFormat { kText, kJson, kJsonLines, kSarif, kGithub, kMarkdown };

/// What the reporter may write to and how.
struct ReportOptions {
  OutputFormat format = OutputFormat::kText;
  bool color = false;   ///< already decided from NO_COLOR, --no-color and isatty
  bool live = false;    ///< stdout is a terminal that understands cursor movement
  int quiet = 0;        ///< -q: only the closing table and errors
  int verbose = 0;      ///< -v: steps as lines, too
  int width = 80;       ///< columns, when the sink does not know
  bool unicode = true;  ///< the terminal shows UTF-8
};

/// Receives what happens, in order, on one thread. Text goes to stdout, errors to stderr; with
/// kJson and kJsonLines stdout is pure JSON.
class Reporter {
 public:
  virtual ~Reporter() = default;

  /// "Selected 7 of 45 hosts"; hosts that follow are drawn as live lines in this order.
  virtual void begin(std::string_view command, std::size_t selected, std::size_t total,
                     const std::vector<std::string>& hosts) = 0;
  /// A sentence for people between the lines ("wave 2 of 3: 4 hosts"); not in JSON.
  virtual void note(std::string_view text) = 0;
  virtual void warning(std::string_view text) = 0;
  /// Host entered a phase: "connect", "check", "upload 3 files, 1.2 MiB", "health 2.0/5.0 s".
  virtual void phase(const std::string& host, std::string_view phase) = 0;
  /// One line of a remote command's output; `error_stream` when from stderr.
  virtual void output(const std::string& host, std::string_view line, bool error_stream) = 0;
  /// Host is done. Identical messages are folded into one block when the run ends.
  virtual void host_done(const HostRecord& host) = 0;
  /// The run is over: live lines are finished. The closing table, folded errors and the closing
  /// line "3 hosts: 2 deployed, 1 unreachable in 1.4 s" follow with close().
  virtual void end(const RunRecord& run, const std::vector<HostRecord>& hosts,
                   std::int64_t elapsed_ms) = 0;
  /// An error that ends the command (configuration, usage): "error: ...", "  hint: ...".
  virtual void error(const Error& error) = 0;

  /// Text for people on stdout as it is (tables, plans); nothing with kJson and kJsonLines.
  virtual void print(std::string_view text);
  /// Takes the live lines off the screen until the next event, so that a question can be asked.
  virtual void suspend();
  /// What the command found beyond outcomes, as a member `key` of the JSON document ("end" line).
  /// Elements of "hosts" are merged into the entries that end() made, by their member "host".
  virtual void attach(std::string_view key, const nlohmann::json& value);
  /// Last call: what was held back by end(), with the program's exit code in JSON.
  virtual void close(int exit_code);
};

/// Where a reporter writes; tests give it strings.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void out(std::string_view text) = 0;
  virtual void err(std::string_view text) = 0;
  /// Rows and columns of the terminal now; it may be resized.
  struct Size {
    std::size_t rows = 24, columns = 80;
  };
  [[nodiscard]] virtual Size size() const { return {}; }
};

/// stdout and stderr; partial writes are finished, a reader that went away is ignored.
[[nodiscard]] std::unique_ptr<Sink> make_terminal_sink();

/// `sink` outlives the reporter.
[[nodiscard]] std::unique_ptr<Reporter> make_reporter(ReportOptions options, Sink& sink);

}  // namespace gannet::controller
