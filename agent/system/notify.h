// Tells systemd that a service of Type=notify is up.
#pragma once

#include <string>

namespace gannet::agent {

/// Sends "READY=1" to the socket `address`: a path, or "@name" for an abstract one. False when
/// nobody takes it.
[[nodiscard]] bool notify_ready(const std::string& address);

}  // namespace gannet::agent
