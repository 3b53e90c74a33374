// Reports for people: live lines on a terminal, plain lines elsewhere.
#pragma once

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "controller/report/live_area.h"
#include "controller/report/reporter.h"
#include "controller/report/style.h"

namespace gannet::controller {

/// With ReportOptions::live a thread of its own redraws the live lines at most ten times a second,
/// so that seconds go on counting while nothing happens; all members are guarded by one mutex.
class TextReporter final : public Reporter {
 public:
  /// `sink` outlives the reporter.
  TextReporter(ReportOptions options, Sink& sink);
  ~TextReporter() override;
  TextReporter(const TextReporter&) = delete;
  TextReporter& operator=(const TextReporter&) = delete;

  void begin(std::string_view command, std::size_t selected, std::size_t total,
             const std::vector<std::string>& hosts) override;
  void note(std::string_view text) override;
  void warning(std::string_view text) override;
  void phase(const std::string& host, std::string_view phase) override;
  void output(const std::string& host, std::string_view line, bool error_stream) override;
  void host_done(const HostRecord& host) override;
  void end(const RunRecord& run, const std::vector<HostRecord>& hosts,
           std::int64_t elapsed_ms) override;
  void error(const Error& error) override;
  void print(std::string_view text) override;
  void suspend() override;
  void close(int exit_code) override;

 private:
  enum class Stream { kOut, kErr };

  void write(Stream stream, const std::string& text);
  void draw();
  void redraw_until_stopped();
  void stop_redrawing();
  void print_error(const Error& error);
  void print_table();
  void print_messages();

  ReportOptions options_;
  Sink& sink_;
  Style style_;
  std::string command_;

  /// What end() was told, until close().
  struct Ended {
    RunRecord run;
    std::vector<HostRecord> hosts;
    std::int64_t elapsed_ms = 0;
  };
  std::optional<Ended> ended_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<LiveArea> live_;
  bool visible_ = false;  ///< live lines may be drawn
  bool stop_ = false;
  std::thread redraw_;
};

/// Error as text: "error: ..." and, when there is one, "  hint: ...". Ends with a line break.
[[nodiscard]] std::string error_text(const Error& error, const Style& style);

}  // namespace gannet::controller
