// A program on a terminal of its own: what somebody sees and types there.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <sys/types.h>

#include "base/unique_fd.h"

namespace gannet::test {

/// Killed with what it started when it still runs at the end.
class TerminalProcess {
 public:
  /// `argv[0]` is a path. The environment is this process's own.
  explicit TerminalProcess(const std::vector<std::string>& argv);
  TerminalProcess(const TerminalProcess&) = delete;
  TerminalProcess& operator=(const TerminalProcess&) = delete;
  ~TerminalProcess();

  /// Waits until `text` is on the screen, after what was waited for before; throws, with the
  /// screen, when it does not come within `limit` or the program ends.
  void wait_for(const std::string& text, std::chrono::seconds limit = std::chrono::seconds(60));
  /// Types a line.
  void type(const std::string& line) const;
  /// Waits for the end: its exit code, 128 + signal when killed by one.
  int wait(std::chrono::seconds limit = std::chrono::seconds(60));
  /// All that was ever on it.
  [[nodiscard]] const std::string& screen() const { return screen_; }

 private:
  /// Reads what comes until then; false: nothing more will come, or the time is over.
  bool read_until(std::chrono::steady_clock::time_point deadline);

  UniqueFd terminal_;
  pid_t pid_ = -1;
  bool reaped_ = false;
  std::string screen_;
  std::size_t seen_ = 0;  ///< what was waited for ends there
};

}  // namespace gannet::test
