// The log of a run: a file beside the results, and stderr with -v -v.
#pragma once

#include <filesystem>
#include <string>

#include <spdlog/logger.h>

namespace gannet::controller {

/// Synchronous. Without a run nothing is written to files; old files are removed when a new one is
/// begun. A log that cannot be written costs the log only.
class RunLog {
 public:
  /// `folder` for files named after runs; made when needed, 0700. `verbose` >= 2: stderr, too.
  RunLog(std::filesystem::path folder, int verbose);

  /// From now on what is logged goes to "<folder>/<run>.log" (0600).
  void begin(const std::string& run);

  [[nodiscard]] spdlog::logger& logger() { return logger_; }

 private:
  void remove_old() const;

  std::filesystem::path folder_;
  spdlog::logger logger_;
};

}  // namespace gannet::controller
