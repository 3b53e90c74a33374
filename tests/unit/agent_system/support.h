// Small things that several tests of the agent's system part share.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include <unistd.h>

#include "agent/probes/run_check.h"
#include "agent/progress.h"
#include "agent/system/posix.h"
#include "protocol/check.h"
#include "tests/support/paths.h"

namespace gannet::agent {

/// A folder that is gone when the test is over.
class TempDir {
 public:
  TempDir() {
    std::string name = (std::filesystem::temp_directory_path() / "gannet-test-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string path(const std::string& name) const { return path_ + "/" + name; }
  /// Writes a file, making its folders; returns its path.
  std::string write(const std::string& name, const std::string& content) const {
    const std::string file = path(name);
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file, std::ios::binary) << content;
    return file;
  }

 private:
  std::string path_;
};

/// Waits until `condition` holds; false after 20 s.
inline bool eventually(const std::function<bool()>& condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

/// The recorded Raspberry Pi.
inline HostTree pi4() { return {gannet::test::source_dir() + "/tests/fixtures/pi4"}; }

/// Asks for a stop from the n-th question on.
class StopAfter final : public Progress {
 public:
  explicit StopAfter(int questions) : left_(questions) {}
  void event(const protocol::Event&) override {}
  [[nodiscard]] bool stop_requested() override { return left_-- <= 0; }

 private:
  int left_;
};

inline protocol::Check make_check(protocol::CheckKind kind, std::string target = {}) {
  protocol::Check check;
  check.kind = kind;
  check.name = "the check";
  check.target = std::move(target);
  return check;
}

/// Runs a check against `tree` with nobody watching.
inline protocol::Finding probe(const protocol::Check& check, const HostTree& tree = {}) {
  NoProgress nobody;
  return run_check(check, ProbeContext{tree, nobody, std::nullopt});
}

inline std::string value_of(const protocol::Finding& finding, const std::string& key) {
  for (const auto& [name, value] : finding.values) {
    if (name == key) return value;
  }
  return "(none)";
}

}  // namespace gannet::agent
