// A TCP connection by name: asynchronous lookup, every address tried, one deadline for all.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "base/result.h"
#include "base/unique_fd.h"
#include "controller/ssh/blocking_pool.h"
#include "controller/task.h"

namespace gannet::controller {

/// Looks a host name up; blocking. Errors: kUnreachable. Tests put their own in place.
using Resolver = std::function<Result<std::vector<asio::ip::tcp::endpoint>>(
    const std::string& address, std::uint16_t port)>;

/// getaddrinfo(3).
[[nodiscard]] Result<std::vector<asio::ip::tcp::endpoint>> resolve_with_system(
    const std::string& address, std::uint16_t port);

/// Connects to the first address that answers. Addresses are tried in the resolver's order, each
/// with an equal share of the time that is left. The socket is non-blocking and has TCP_NODELAY.
/// Numeric addresses are not looked up.
/// Errors: kUnreachable (the last address's cause), kTimeout, kIo when out of descriptors.
[[nodiscard]] Task<Result<UniqueFd>> tcp_connect(BlockingPool& pool, Resolver resolver,
                                                 std::string address, std::uint16_t port,
                                                 std::chrono::milliseconds timeout);

}  // namespace gannet::controller
