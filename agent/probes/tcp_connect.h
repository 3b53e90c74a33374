// TCP connections with a deadline, to addresses that need no name service.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>

#include "agent/progress.h"
#include "agent/system/posix.h"
#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace gannet::agent {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  std::string text;  ///< "127.0.0.1:8080", "[::1]:8080"
};

/// Addresses of `host` in the order to try: a numeric IPv4 or IPv6 address, "localhost", or a name
/// of /etc/hosts. Errors: kInvalidInput for any other name (a static program asks no DNS).
[[nodiscard]] Result<std::vector<Address>> resolve_locally(const HostTree& tree,
                                                           std::string_view host,
                                                           std::uint16_t port);

/// Of a Unix socket. Errors: kInvalidInput for a path that is too long for one.
[[nodiscard]] Result<Address> unix_address(const std::string& path);

/// Connects to the first address that accepts. The socket is non-blocking. Errors: kUnreachable
/// (naming the last address and cause), kTimeout, kInterrupted when stop was requested.
[[nodiscard]] Result<UniqueFd> connect_tcp(const std::vector<Address>& addresses,
                                           SteadyTime deadline, Progress& progress);

/// Waits until `fd` has one of `events`. Errors: kTimeout, kInterrupted.
[[nodiscard]] Result<> wait_for(int fd, short events, SteadyTime deadline, Progress& progress);

}  // namespace gannet::agent
