// Who listens on a port, read from /proc: no netlink, no other program.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/system/posix.h"

namespace gannet::agent {

enum class PortProtocol : std::uint8_t { kTcp, kUdp };

/// One socket that waits on a port.
struct Listener {
  std::string address;  ///< "0.0.0.0", "127.0.0.1", "::", ...
  std::uint64_t inode = 0;
  std::uint32_t uid = 0;  ///< who made the socket
  PortProtocol protocol = PortProtocol::kTcp;

  // Its process; pid 0 when this user may not see it.
  std::uint32_t pid = 0;
  std::string command;    ///< comm of the process
  std::string unit;       ///< systemd unit, "nginx.service"; empty: none
  std::string container;  ///< id of its Docker or Podman container; empty: none
};

/// All listeners on `port` (TCP: state LISTEN; UDP: bound and not connected), each with its owner
/// where that can be seen.
[[nodiscard]] std::vector<Listener> find_listeners(const HostTree& tree, std::uint16_t port,
                                                   PortProtocol protocol);

/// "nginx (pid 812, nginx.service)"; says so when the process cannot be seen.
[[nodiscard]] std::string describe(const Listener& listener);

/// True when `name` is the listener's command, unit (with or without .service) or container (id or
/// the beginning of it, at least 12 digits).
[[nodiscard]] bool owned_by(const Listener& listener, std::string_view name);

}  // namespace gannet::agent
