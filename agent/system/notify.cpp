#include "agent/system/notify.h"

#include <cstddef>
#include <cstring>
#include <string_view>

#include <sys/socket.h>
#include <sys/un.h>

#include "base/unique_fd.h"

namespace gannet::agent {

bool notify_ready(const std::string& address) {
  constexpr std::string_view kMessage = "READY=1";
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  if (address.empty() || address.size() >= sizeof to.sun_path) return false;
  std::memcpy(static_cast<char*>(to.sun_path), address.data(), address.size());
  if (address.front() == '@') to.sun_path[0] = '\0';
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket) return false;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + address.size());
  const auto* generic = reinterpret_cast<const sockaddr*>(&to);  // the type that POSIX wants here
  return ::sendto(socket.get(), kMessage.data(), kMessage.size(), MSG_NOSIGNAL, generic, size) ==
         static_cast<ssize_t>(kMessage.size());
}

}  // namespace gannet::agent
