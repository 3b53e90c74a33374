// TCP servers that misbehave, each on a thread of its own.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <thread>

namespace gannet::test {

/// Accepts on a free port of `address` and treats every connection the same bad way.
class BadServer {
 public:
  enum class Manner {
    kSilent,         ///< says nothing, reads nothing
    kClose,          ///< closes at once, as sshd above MaxStartups does
    kBannerOnly,     ///< an SSH banner, then nothing
    kBannerAndClose  ///< an SSH banner, then the end
  };

  explicit BadServer(Manner manner, const std::string& address = "127.0.0.1");
  BadServer(const BadServer&) = delete;
  BadServer& operator=(const BadServer&) = delete;
  ~BadServer();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int accepted() const { return accepted_; }

 private:
  void serve();

  Manner manner_;
  int listener_ = -1;
  int stop_pipe_[2] = {-1, -1};
  std::uint16_t port_ = 0;
  std::atomic<int> accepted_ = 0;
  std::thread thread_;
};

/// Forwards every connection to a server until that server has sent `bytes_from_server`; then the
/// line goes dead (nothing passes, nothing is closed) or is cut.
class CutProxy {
 public:
  enum class Then { kSilence, kReset };

  CutProxy(std::string address, std::uint16_t port, std::size_t bytes_from_server, Then then);
  CutProxy(const CutProxy&) = delete;
  CutProxy& operator=(const CutProxy&) = delete;
  ~CutProxy();

  [[nodiscard]] std::uint16_t port() const { return port_; }
  /// Bytes the server has sent over all connections.
  [[nodiscard]] std::size_t forwarded() const { return forwarded_; }

 private:
  struct Line {
    int peer = -1;
    bool from_server = false;
  };

  void serve();
  void accept_line();
  void forward(int fd);
  void drop(int fd);

  std::string address_;
  std::uint16_t server_port_;
  std::size_t limit_;
  Then then_;
  int listener_ = -1;
  int stop_pipe_[2] = {-1, -1};
  std::uint16_t port_ = 0;
  std::atomic<std::size_t> forwarded_ = 0;
  std::map<int, Line> lines_;  ///< by descriptor; both ends of every connection
  std::thread thread_;
};

/// A port on `address` that nothing listens on (reserved for the lifetime: connects are refused).
class RefusedPort {
 public:
  explicit RefusedPort(const std::string& address = "127.0.0.1");
  RefusedPort(const RefusedPort&) = delete;
  RefusedPort& operator=(const RefusedPort&) = delete;
  ~RefusedPort();

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace gannet::test
