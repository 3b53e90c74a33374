// Reports for programs: one JSON document at the end, or one JSON object per line as it goes.
// Schemas: docs/json.md.
#pragma once

#include <optional>
#include <vector>

#include <nlohmann/json.hpp>

#include "controller/report/reporter.h"

namespace gannet::controller {

/// Collects everything and writes one object with close(). What people should see at once
/// ("Selected ...", warnings) goes to stderr.
class JsonReporter final : public Reporter {
 public:
  explicit JsonReporter(Sink& sink) : sink_(sink) {}

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
  void attach(std::string_view key, const nlohmann::json& value) override;
  void close(int exit_code) override;

 private:
  Sink& sink_;
  nlohmann::json document_ = nlohmann::json::object();
  std::vector<Error> errors_;
};

class JsonLinesReporter final : public Reporter {
 public:
  explicit JsonLinesReporter(Sink& sink) : sink_(sink) {}

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
  /// "hosts" becomes "result" lines, another array one line per element whose type is the key
  /// without the plural's "s"; anything else is a member of the "end" line.
  void attach(std::string_view key, const nlohmann::json& value) override;
  void close(int exit_code) override;

 private:
  void line(std::string_view type, nlohmann::json value);

  Sink& sink_;
  nlohmann::json end_ = nlohmann::json::object();
};

}  // namespace gannet::controller
