#include "controller/report/document_reporter.h"

#include "controller/report/text_reporter.h"

namespace gannet::controller {
namespace {

/// Everything to stderr.
class ErrorSink final : public Sink {
 public:
  explicit ErrorSink(Sink& inner) : inner_(inner) {}
  void out(std::string_view text) override { inner_.err(text); }
  void err(std::string_view text) override { inner_.err(text); }
  [[nodiscard]] Size size() const override { return inner_.size(); }

 private:
  Sink& inner_;
};

ReportOptions without_live_lines(ReportOptions options) {
  options.live = false;
  return options;
}

class DocumentReporter final : public Reporter {
 public:
  DocumentReporter(const ReportOptions& options, Sink& sink)
      : document_(sink), aside_(sink), text_(without_live_lines(options), aside_) {}

  void begin(std::string_view command, std::size_t selected, std::size_t total,
             const std::vector<std::string>& hosts) override {
    text_.begin(command, selected, total, hosts);
  }
  void note(std::string_view text) override { text_.note(text); }
  void warning(std::string_view text) override { text_.warning(text); }
  void phase(const std::string& host, std::string_view phase) override { text_.phase(host, phase); }
  void output(const std::string& host, std::string_view line, bool error_stream) override {
    text_.output(host, line, error_stream);
  }
  void host_done(const HostRecord& host) override { text_.host_done(host); }
  void end(const RunRecord& run, const std::vector<HostRecord>& hosts,
           std::int64_t elapsed_ms) override {
    text_.end(run, hosts, elapsed_ms);
  }
  void error(const Error& error) override { text_.error(error); }
  void print(std::string_view text) override { document_.out(text); }
  void suspend() override { text_.suspend(); }
  void close(int exit_code) override { text_.close(exit_code); }

 private:
  Sink& document_;
  ErrorSink aside_;
  TextReporter text_;
};

}  // namespace

std::unique_ptr<Reporter> make_document_reporter(ReportOptions options, Sink& sink) {
  return std::make_unique<DocumentReporter>(options, sink);
}

}  // namespace gannet::controller
