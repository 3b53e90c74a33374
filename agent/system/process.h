// Runs one shell command, streams what it prints, and ends it when its time is over.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace gannet::agent {

enum class OutputStream : std::uint8_t { kStdout, kStderr };

/// The two ways between a running command and whoever started it. Called on the same thread.
class CommandIo {
 public:
  virtual ~CommandIo() = default;

  /// What the command printed: raw bytes, at most 32 KiB at a time.
  virtual void output(OutputStream stream, std::string_view data) = 0;

  /// Asked at least every 200 ms. True ends the command.
  [[nodiscard]] virtual bool stop_requested() = 0;

  /// Appends to `pending` what is there for the command's stdin, without waiting. Returns false
  /// when nothing will follow. Only called for CommandSpec::with_stdin.
  [[nodiscard]] virtual bool read_input(std::string& pending) {
    (void)pending;
    return false;
  }

  /// A descriptor that becomes readable when stop_requested() or read_input() have news; or -1.
  [[nodiscard]] virtual int wake_fd() const { return -1; }
};

struct CommandSpec {
  std::string command;                               ///< for /bin/sh -c
  std::chrono::milliseconds timeout{0};              ///< 0: none
  bool with_stdin = false;                           ///< else stdin is /dev/null
  std::uint64_t max_output = 8UL * 1024UL * 1024UL;  ///< bytes passed on; the rest is counted
  /// On top of the agent's own; of one name the last counts. Not seen by other users, as words are.
  std::vector<std::pair<std::string, std::string>> environment{};
};

struct CommandEnd {
  int exit_code = 0;  ///< 128 + signal when killed by one
  int signal = 0;     ///< 0: it exited
  bool timed_out = false;
  bool stopped = false;             ///< stop_requested() said so
  std::uint64_t dropped_bytes = 0;  ///< output over max_output
};

/// Runs `spec` in a session and process group of its own and returns when it has ended. At the
/// deadline, or when asked to stop, the whole group gets SIGTERM and 2 s later SIGKILL. What a
/// background child prints is read for another 500 ms after the command itself has exited; the
/// child lives on. Errors: kRemoteIo when nothing could be started.
[[nodiscard]] Result<CommandEnd> run_command(const CommandSpec& spec, CommandIo& io);

}  // namespace gannet::agent
