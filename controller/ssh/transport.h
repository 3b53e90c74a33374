// The seam to the world: sessions on hosts and byte streams to programs there.
// SshTransport (libssh) and LocalTransport (this machine) implement it; so does the tests'
// FaultyTransport.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "controller/task.h"

namespace gannet::controller {

/// How a remote program ended.
struct ExitStatus {
  int code = -1;       ///< -1: the other side did not say
  std::string signal;  ///< "KILL" when it died of a signal; else empty
};

/// A program that runs on a host. One reader and one writer may be active at the same time.
class Channel {
 public:
  virtual ~Channel() = default;

  /// Reads at least one byte of the program's stdout into `buffer`; 0 means end of file.
  /// Errors: kTimeout, kDisconnected.
  [[nodiscard]] virtual Task<Result<std::size_t>> read(std::span<std::byte> buffer,
                                                       DeadlineTime deadline) = 0;

  /// Writes all of `bytes` to the program's stdin. `deadline` is for the whole; a transfer that
  /// moves is given more time by its caller. Errors: kTimeout, kDisconnected.
  [[nodiscard]] virtual Task<Result<>> write(std::span<const std::byte> bytes,
                                             DeadlineTime deadline) = 0;

  /// Closes the program's stdin.
  [[nodiscard]] virtual Task<Result<>> write_eof(DeadlineTime deadline) = 0;

  /// What the program wrote to stderr so far and nobody took yet; at most the last 64 KiB.
  [[nodiscard]] virtual std::string take_stderr() = 0;

  /// Waits until stderr holds something, the program ends or `deadline` passes (not an error).
  [[nodiscard]] virtual Task<Result<>> wait_stderr(DeadlineTime deadline) = 0;

  /// Waits for the end of the program. Call after read() gave 0. Errors: kTimeout, kDisconnected.
  [[nodiscard]] virtual Task<Result<ExitStatus>> wait_exit(DeadlineTime deadline) = 0;
};

/// An authenticated connection to one host. Destroying it closes it at once, without a round trip;
/// its channels must be gone by then.
class Session {
 public:
  virtual ~Session() = default;

  /// Starts `command` through the login shell. Errors: kTimeout, kDisconnected, kUnreachable.
  [[nodiscard]] virtual Task<Result<std::unique_ptr<Channel>>> exec(std::string command,
                                                                    DeadlineTime deadline) = 0;
};

/// Where and how to log in: a host's settings with all defaults filled in.
struct Target {
  std::string name;  ///< for messages: the inventory's name of the host
  std::string address;
  std::uint16_t port = 22;
  std::string user;
  std::vector<std::string> identity_files;
  std::vector<std::string> known_hosts_files;  ///< all are read; the first is where trust() adds
  bool ask_password = false;                   ///< password authentication was asked for
};

/// Deadlines of one connection, each counted from its own start.
struct ConnectTimeouts {
  std::chrono::milliseconds connect{10'000};    ///< resolve and TCP, all addresses together
  std::chrono::milliseconds handshake{15'000};  ///< banner, key exchange, host key
  std::chrono::milliseconds authenticate{20'000};
};

/// Makes sessions. Thread rule: io_context thread only.
class Transport {
 public:
  virtual ~Transport() = default;

  /// A new TCP connection, SSH handshake and login; never a shared one.
  /// Errors: kUnreachable, kTimeout, kHostKeyUnknown, kHostKeyChanged, kAuthentication, kIo (out of
  /// descriptors, unreadable known_hosts), kDisconnected when the server drops the connection
  /// during the handshake, as sshd does above its MaxStartups: trying again later may work. No
  /// context begins with the target's name; the caller puts it in front.
  /// `target` by value: the coroutine keeps it.
  [[nodiscard]] virtual Task<Result<std::unique_ptr<Session>>> connect(
      Target target, ConnectTimeouts timeouts) = 0;
};

}  // namespace gannet::controller
