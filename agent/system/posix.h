// Small wrappers around system calls that the rest of the agent shares.
#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <poll.h>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace gannet::agent {

/// Where the kernel's files are found: "" on a real host, a recorded tree in tests.
struct HostTree {
  std::string root;

  /// `absolute` ("/proc/meminfo") inside this tree.
  [[nodiscard]] std::string path(std::string_view absolute) const {
    return root + std::string(absolute);
  }
};

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

/// A pipe whose ends are not inherited by programs that are started. Errors: kRemoteIo.
[[nodiscard]] Result<Pipe> make_pipe();

/// Makes reads and writes on `fd` return at once. Errors: kRemoteIo.
[[nodiscard]] Result<> set_nonblocking(int fd);

/// ppoll(2) that waits at most `wait` (never longer than a minute). Signals end it early.
/// Entries with a negative descriptor are skipped. Clears revents when nothing happened.
void poll_for(std::span<pollfd> entries, std::chrono::milliseconds wait);

/// Time from now until `deadline`: never negative, never above `cap`.
[[nodiscard]] std::chrono::milliseconds time_left(SteadyTime deadline,
                                                  std::chrono::milliseconds cap);

/// At most the first `max_bytes` of a file. Works for files of /proc, whose size is not known.
/// Errors: kNotFound, kPermission, kRemoteIo; the context names the path.
[[nodiscard]] Result<std::string> read_file(const std::string& path,
                                            std::size_t max_bytes = 1024UL * 1024UL);

/// read_file() without surrounding white space and NULs; empty when it cannot be read.
[[nodiscard]] std::string read_word(const std::string& path);

/// Names in a directory, sorted, without "." and ".."; empty when it cannot be read.
[[nodiscard]] std::vector<std::string> list_directory(const std::string& path);

/// Target of a symbolic link; empty when it cannot be read.
[[nodiscard]] std::string read_link(const std::string& path);

/// A decimal number that fills the whole of `text`. Errors: kInvalidInput.
[[nodiscard]] Result<std::uint64_t> parse_unsigned(std::string_view text, int base = 10);

/// kNotFound, kPermission, kReadOnly, kNoSpace or kRemoteIo, for an errno value.
[[nodiscard]] Code code_of_errno(int error_number);

}  // namespace gannet::agent
