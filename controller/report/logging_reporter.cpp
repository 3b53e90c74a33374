#include "controller/report/logging_reporter.h"

#include <nlohmann/json.hpp>

#include "controller/report/wording.h"

namespace gannet::controller {
namespace {

class LoggingReporter final : public Reporter {
 public:
  LoggingReporter(Reporter& inner, spdlog::logger& log) : inner_(inner), log_(log) {}

  void begin(std::string_view command, std::size_t selected, std::size_t total,
             const std::vector<std::string>& hosts) override {
    log_.info("{}: selected {} of {} hosts", command, selected, total);
    inner_.begin(command, selected, total, hosts);
  }
  void note(std::string_view text) override {
    log_.info("{}", one_line(text));
    inner_.note(text);
  }
  void warning(std::string_view text) override {
    log_.warn("{}", one_line(text));
    inner_.warning(text);
  }
  void phase(const std::string& host, std::string_view phase) override {
    log_.info("host={} phase={}", host, one_line(phase));
    inner_.phase(host, phase);
  }
  void output(const std::string& host, std::string_view line, bool error_stream) override {
    log_.debug("host={} {}={}", host, error_stream ? "stderr" : "stdout", one_line(line));
    inner_.output(host, line, error_stream);
  }
  void host_done(const HostRecord& host) override {
    log_.info("host={} outcome={} phase={} message={}", host.host, to_string(host.outcome),
              one_line(host.phase), one_line(host.message));
    inner_.host_done(host);
  }
  void end(const RunRecord& run, const std::vector<HostRecord>& hosts,
           std::int64_t elapsed_ms) override {
    log_.info("run={} ended after {} ms", run.id, elapsed_ms);
    inner_.end(run, hosts, elapsed_ms);
  }
  void error(const Error& error) override {
    log_.error("{}: {}", to_string(error.code), one_line(error.context));
    inner_.error(error);
  }
  void print(std::string_view text) override { inner_.print(text); }
  void suspend() override { inner_.suspend(); }
  void attach(std::string_view key, const nlohmann::json& value) override {
    inner_.attach(key, value);
  }
  void close(int exit_code) override {
    log_.info("exit code {}", exit_code);
    inner_.close(exit_code);
  }

 private:
  Reporter& inner_;
  spdlog::logger& log_;
};

}  // namespace

std::unique_ptr<Reporter> make_logging_reporter(Reporter& inner, spdlog::logger& log) {
  return std::make_unique<LoggingReporter>(inner, log);
}

}  // namespace gannet::controller
