#include "tests/unit/agent_system/fake_peer.h"

#include <array>
#include <cstring>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/system/posix.h"

namespace gannet::agent {
namespace {

sockaddr* as_sockaddr(sockaddr_in& address) {
  return static_cast<sockaddr*>(static_cast<void*>(&address));
}

/// True when `fd` has something to read, false when `stop` has.
bool wait_readable(int fd, int stop) {
  std::array<pollfd, 2> entries{pollfd{fd, POLLIN, 0}, pollfd{stop, POLLIN, 0}};
  while (::poll(entries.data(), entries.size(), -1) < 0) {
  }
  return entries[1].revents == 0;
}

}  // namespace

LoopbackPort::LoopbackPort() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  if (::bind(fd_.get(), as_sockaddr(address), size) != 0) return;
  if (::listen(fd_.get(), 8) != 0) return;
  if (::getsockname(fd_.get(), as_sockaddr(address), &size) != 0) return;
  port_ = ntohs(address.sin_port);
}

FakePeer::FakePeer(std::vector<std::string> parts, Then then) {
  Pipe stop = std::move(*make_pipe());
  stop_read_ = std::move(stop.read);
  stop_write_ = std::move(stop.write);
  thread_ = std::thread([this, parts = std::move(parts), then] { serve(parts, then); });
}

FakePeer::~FakePeer() {
  stop_write_.reset();
  if (thread_.joinable()) thread_.join();
}

std::string FakePeer::request() {
  if (thread_.joinable()) thread_.join();
  return request_;
}

void FakePeer::serve(const std::vector<std::string>& parts, Then then) {
  if (!wait_readable(listener_.fd(), stop_read_.get())) return;
  const UniqueFd connection(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
  // One packet per part, so that the reader meets the seams.
  const int yes = 1;
  ::setsockopt(connection.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  std::array<char, 4096> chunk{};
  while (request_.find("\r\n\r\n") == std::string::npos) {
    if (!wait_readable(connection.get(), stop_read_.get())) return;
    const ssize_t got = ::read(connection.get(), chunk.data(), chunk.size());
    if (got <= 0) return;
    request_.append(chunk.data(), static_cast<std::size_t>(got));
  }
  for (const std::string& part : parts) {
    if (::send(connection.get(), part.data(), part.size(), MSG_NOSIGNAL) < 0) return;
  }
  if (then == Then::kStaySilent) (void)wait_readable(stop_read_.get(), stop_read_.get());
}

}  // namespace gannet::agent
