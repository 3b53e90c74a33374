// A TCP server of one connection on a loopback port, for the probes of http and tcp.
#pragma once

#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "base/unique_fd.h"

namespace gannet::agent {

/// Listens on 127.0.0.1 with a port of the system's choice.
class LoopbackPort {
 public:
  LoopbackPort();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int fd() const { return fd_.get(); }
  void close() { fd_.reset(); }

 private:
  UniqueFd fd_;
  std::uint16_t port_ = 0;
};

/// Accepts one connection, reads a request up to its empty line, sends the parts one by one, and
/// closes; or keeps the connection open, silent, until it is destroyed.
class FakePeer {
 public:
  enum class Then { kClose, kStaySilent };

  explicit FakePeer(std::vector<std::string> parts, Then then = Then::kClose);
  ~FakePeer();
  FakePeer(const FakePeer&) = delete;
  FakePeer& operator=(const FakePeer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return listener_.port(); }
  [[nodiscard]] std::string url(const std::string& path = "/") const {
    return "http://127.0.0.1:" + std::to_string(port()) + path;
  }
  /// What was asked. Waits for the end of the conversation.
  [[nodiscard]] std::string request();

 private:
  void serve(const std::vector<std::string>& parts, Then then);

  LoopbackPort listener_;
  UniqueFd stop_read_;
  UniqueFd stop_write_;
  std::string request_;
  std::thread thread_;
};

}  // namespace gannet::agent
