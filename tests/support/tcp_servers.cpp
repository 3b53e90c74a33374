#include "tests/support/tcp_servers.h"

#include <algorithm>
#include <array>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/ssh_fixtures.h"

namespace gannet::test {
namespace {

constexpr char kBanner[] = "SSH-2.0-Bad_1.0\r\n";

sockaddr_in socket_address(const std::string& address, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  ::inet_pton(AF_INET, address.c_str(), &result.sin_addr);
  return result;
}

/// A socket bound to a free port, which is returned through `port`.
int bound_socket(const std::string& address, std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where = socket_address(address, 0);
  socklen_t length = sizeof where;
  auto* generic = reinterpret_cast<sockaddr*>(&where);
  if (fd < 0 || ::bind(fd, generic, length) != 0) throw_errno("bind " + address);
  if (::getsockname(fd, generic, &length) != 0) throw_errno("getsockname");
  port = ntohs(where.sin_port);
  return fd;
}

int listening_socket(const std::string& address, std::uint16_t& port) {
  const int fd = bound_socket(address, port);
  if (::listen(fd, 512) != 0) throw_errno("listen " + address);
  return fd;
}

void stop_thread(int (&stop_pipe)[2], std::thread& thread) {
  ::close(stop_pipe[1]);  // the thread polls the other end
  thread.join();
  ::close(stop_pipe[0]);
}

/// True when the connection is to be kept open.
bool treat(int fd, BadServer::Manner manner) {
  switch (manner) {
    case BadServer::Manner::kSilent:
      return true;
    case BadServer::Manner::kClose:
      return false;
    case BadServer::Manner::kBannerOnly:
      return ::send(fd, kBanner, sizeof kBanner - 1, MSG_NOSIGNAL) > 0;
    case BadServer::Manner::kBannerAndClose:
      ::send(fd, kBanner, sizeof kBanner - 1, MSG_NOSIGNAL);
      return false;
  }
  return false;
}

}  // namespace

BadServer::BadServer(Manner manner, const std::string& address) : manner_(manner) {
  listener_ = listening_socket(address, port_);
  if (::pipe2(stop_pipe_, O_CLOEXEC) != 0) throw_errno("pipe");
  thread_ = std::thread([this] { serve(); });
}

BadServer::~BadServer() {
  stop_thread(stop_pipe_, thread_);
  ::close(listener_);
}

void BadServer::serve() {
  std::vector<int> open;
  for (;;) {
    std::array<pollfd, 2> wait = {pollfd{listener_, POLLIN, 0}, pollfd{stop_pipe_[0], POLLIN, 0}};
    if (::poll(wait.data(), wait.size(), -1) < 0) continue;
    if (wait[1].revents != 0) break;
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    ++accepted_;
    if (treat(fd, manner_)) {
      open.push_back(fd);
    } else {
      ::close(fd);
    }
  }
  for (const int fd : open) ::close(fd);
}

CutProxy::CutProxy(std::string address, std::uint16_t port, std::size_t bytes_from_server,
                   Then then)
    : address_(std::move(address)), server_port_(port), limit_(bytes_from_server), then_(then) {
  listener_ = listening_socket("127.0.0.1", port_);
  if (::pipe2(stop_pipe_, O_CLOEXEC) != 0) throw_errno("pipe");
  thread_ = std::thread([this] { serve(); });
}

CutProxy::~CutProxy() {
  stop_thread(stop_pipe_, thread_);
  ::close(listener_);
  for (const auto& [fd, line] : lines_) ::close(fd);
}

void CutProxy::serve() {
  for (;;) {
    std::vector<pollfd> wait = {{stop_pipe_[0], POLLIN, 0}, {listener_, POLLIN, 0}};
    const bool dead = then_ == Then::kSilence && forwarded_ >= limit_;
    for (const auto& [fd, line] : lines_) {
      if (!dead) wait.push_back({fd, POLLIN, 0});
    }
    if (::poll(wait.data(), wait.size(), -1) < 0) continue;
    if (wait[0].revents != 0) return;
    if (wait[1].revents != 0) accept_line();
    for (std::size_t i = 2; i < wait.size(); ++i) {
      if (wait[i].revents != 0 && lines_.contains(wait[i].fd)) forward(wait[i].fd);
    }
  }
}

void CutProxy::accept_line() {
  const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in where = socket_address(address_, server_port_);
  if (::connect(server, reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) {
    ::close(client);
    ::close(server);
    return;
  }
  lines_[client] = {server, false};
  lines_[server] = {client, true};
}

void CutProxy::forward(int fd) {
  const Line line = lines_[fd];
  std::array<char, 65536> buffer;
  std::size_t room = buffer.size();
  if (line.from_server) room = std::min(room, limit_ - std::min<std::size_t>(limit_, forwarded_));
  const ssize_t got = room == 0 ? 0 : ::recv(fd, buffer.data(), room, 0);
  if (got <= 0) return drop(fd);
  if (line.from_server) forwarded_ += static_cast<std::size_t>(got);
  for (ssize_t sent = 0; sent < got;) {
    const auto rest = static_cast<std::size_t>(got - sent);
    const ssize_t now = ::send(line.peer, buffer.data() + sent, rest, MSG_NOSIGNAL);
    if (now <= 0) return drop(fd);
    sent += now;
  }
}

void CutProxy::drop(int fd) {
  const int peer = lines_[fd].peer;
  const linger reset{1, 0};
  for (const int end : {fd, peer}) {
    if (then_ == Then::kReset) ::setsockopt(end, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    ::close(end);
    lines_.erase(end);
  }
}

RefusedPort::RefusedPort(const std::string& address) { fd_ = bound_socket(address, port_); }

RefusedPort::~RefusedPort() { ::close(fd_); }

}  // namespace gannet::test
