// What tests of SSH need beside a server: folders, processes, keys, an agent. No gtest in here:
// a fixture that cannot be made throws std::runtime_error, which fails the test.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <sys/types.h>

namespace gannet::test {

/// Throws std::runtime_error: `what` and the reason that errno holds.
[[noreturn]] void throw_errno(const std::string& what);

/// A folder of its own under $TMPDIR, mode 0700, removed with all its content at the end.
class TempDir {
 public:
  TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  ~TempDir();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

void write_file(const std::filesystem::path& file, const std::string& content,
                unsigned mode = 0644);
[[nodiscard]] std::string read_file(const std::filesystem::path& file);  ///< "" when there is none

/// Polls `condition` every few milliseconds; throws, naming `what`, when it stays false too long.
void wait_until(const std::string& what, const std::function<bool()>& condition,
                std::chrono::milliseconds limit = std::chrono::seconds(10));

struct ProcessOptions {
  std::map<std::string, std::string> environment;  ///< added to this process's
  std::string output_file = "/dev/null";           ///< stdout and stderr
};

/// A program started by a test, in a process group of its own; killed with its descendants at the
/// end, or by the kernel when the test process dies (start it on the main thread).
class ChildProcess {
 public:
  explicit ChildProcess(const std::vector<std::string>& argv, const ProcessOptions& options = {});
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  [[nodiscard]] pid_t pid() const { return pid_; }
  [[nodiscard]] bool running();
  void signal(int number) const;
  /// All living processes below this one, children before grandchildren.
  [[nodiscard]] std::vector<pid_t> descendants() const;
  /// SIGKILL to the program and everything below it; returns when the program is gone.
  void kill_tree();
  /// SIGKILL to the program only; what it started goes on.
  void kill_only();
  /// Waits for its end; returns the exit code, or 128 + the signal.
  [[nodiscard]] int wait();

 private:
  pid_t pid_ = -1;
  int status_ = 0;
  bool reaped_ = false;
};

/// Runs a program to its end; its stdout. Throws with stdout and stderr when it does not exit 0.
std::string run_command(const std::vector<std::string>& argv, const ProcessOptions& options = {});

enum class KeyType { kEd25519, kEcdsa, kRsa };

/// Makes a key pair FILE and FILE.pub with ssh-keygen; returns the public key's line.
std::string make_key(const std::string& file, KeyType type = KeyType::kEd25519,
                     const std::string& passphrase = {});

/// An ssh-agent with the given private keys in it (without passphrases).
class SshAgent {
 public:
  explicit SshAgent(const std::vector<std::string>& private_key_files = {});

  [[nodiscard]] const std::string& socket() const { return socket_; }  ///< for SSH_AUTH_SOCK
  [[nodiscard]] const ChildProcess& process() const { return process_; }

 private:
  TempDir dir_;
  std::string socket_;
  ChildProcess process_;
};

/// Sets (or, with nullptr, unsets) an environment variable of this process for a scope.
class ScopedEnv {
 public:
  ScopedEnv(std::string name, const char* value);
  ScopedEnv(const ScopedEnv&) = delete;
  ScopedEnv& operator=(const ScopedEnv&) = delete;
  ~ScopedEnv();

 private:
  std::string name_;
  std::string before_;
  bool was_set_ = false;
};

}  // namespace gannet::test
