// The built gannet as a child process.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

#include <nlohmann/json.hpp>

#include "tests/support/ssh_fixtures.h"

namespace gannet::test {

/// What a finished gannet left.
struct Output {
  int exit_code = -1;  ///< 128 + signal when killed by one
  std::string out;     ///< stdout
  std::string err;     ///< stderr
  std::chrono::milliseconds elapsed{0};

  /// stdout as JSON; throws with both outputs when it is not exactly one JSON value.
  [[nodiscard]] nlohmann::json json() const;
  /// For messages of assertions.
  [[nodiscard]] std::string all() const;
};

/// One running gannet; killed at the end when it still runs.
class GannetProcess {
 public:
  /// Starts `program` with only the given environment (plus PATH and sanitizer options), stdin
  /// from /dev/null.
  GannetProcess(const std::string& program, const std::vector<std::string>& arguments,
                std::map<std::string, std::string> environment);
  GannetProcess(const GannetProcess&) = delete;
  GannetProcess& operator=(const GannetProcess&) = delete;
  ~GannetProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;
  [[nodiscard]] bool running();
  /// Waits for the end; throws, with what it wrote so far, and kills it when `limit` passes.
  [[nodiscard]] Output wait(std::chrono::seconds limit = std::chrono::seconds(120));

 private:
  [[noreturn]] void become(const std::string& program, const std::vector<std::string>& arguments,
                           const std::map<std::string, std::string>& environment) const;

  TempDir dir_;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  pid_t pid_ = -1;
  int status_ = 0;
  bool reaped_ = false;
};

}  // namespace gannet::test
