#include "agent/probes/tcp_connect.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

namespace gannet::agent {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kConnectSlice{100};

/// sockaddr_in, sockaddr_in6 and sockaddr_un into storage, without casting pointers.
template <class Sockaddr>
Address make_address(const Sockaddr& from, std::string text) {
  Address address;
  std::memcpy(&address.storage, &from, sizeof(from));
  address.size = sizeof(from);
  address.text = std::move(text);
  return address;
}

bool add_numeric(const std::string& host, std::uint16_t port, std::vector<Address>& addresses) {
  sockaddr_in v4{};
  if (::inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    addresses.push_back(make_address(v4, host + ":" + std::to_string(port)));
    return true;
  }
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    addresses.push_back(make_address(v6, "[" + host + "]:" + std::to_string(port)));
    return true;
  }
  return false;
}

/// "10.0.0.5 db db.lan # comment"
void add_from_hosts_line(std::string_view line, std::string_view host, std::uint16_t port,
                         std::vector<Address>& addresses) {
  std::string text(line.substr(0, line.find('#')));
  for (char& c : text) {
    if (c == '\t') c = ' ';
  }
  std::string address;
  for (const std::string& word : split(text, ' ')) {
    if (word.empty()) continue;
    if (address.empty()) {
      address = word;
    } else if (word == host) {
      (void)add_numeric(address, port, addresses);
      return;
    }
  }
}

/// 0 when connected, else the errno of the attempt.
Result<int> finish_connect(int fd, SteadyTime deadline, Progress& progress) {
  TRY_VOID(wait_for(fd, POLLOUT, deadline, progress));
  int error_number = 0;
  socklen_t size = sizeof(error_number);
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error_number, &size) != 0) return errno;
  return error_number;
}

/// connect(2); 0 or an errno value.
int begin_connect(int fd, const Address& address) {
  // The one place where the C interface wants another type for the same bytes.
  const auto* bytes = reinterpret_cast<const sockaddr*>(&address.storage);
  return ::connect(fd, bytes, address.size) == 0 ? 0 : errno;
}

}  // namespace

Result<> wait_for(int fd, short events, SteadyTime deadline, Progress& progress) {
  for (;;) {
    if (progress.stop_requested()) return fail(Code::kInterrupted, "cancelled");
    std::array<pollfd, 1> entry{pollfd{fd, events, 0}};
    poll_for(entry, time_left(deadline, kConnectSlice));
    if (entry[0].revents != 0) return {};
    if (time_left(deadline, kConnectSlice).count() == 0)
      return fail(Code::kTimeout, "no answer in time");
  }
}

Result<std::vector<Address>> resolve_locally(const HostTree& tree, std::string_view host,
                                             std::uint16_t port) {
  std::vector<Address> addresses;
  if (add_numeric(std::string(host), port, addresses)) return addresses;
  if (host == "localhost") {
    (void)add_numeric("127.0.0.1", port, addresses);
    (void)add_numeric("::1", port, addresses);
    return addresses;
  }
  const auto hosts = read_file(tree.path("/etc/hosts"));
  for (const std::string& line : split(hosts.value_or(std::string()), '\n')) {
    add_from_hosts_line(line, host, port, addresses);
  }
  if (!addresses.empty()) return addresses;
  return fail(Code::kInvalidInput,
              "\"" + printable(host) + "\" is no address and is not in /etc/hosts",
              "use an address (the agent asks no DNS), or a command: check with curl");
}

Result<Address> unix_address(const std::string& path) {
  sockaddr_un name{};
  if (path.size() >= sizeof(name.sun_path)) {
    return fail(Code::kInvalidInput, path + ": too long for the path of a socket");
  }
  name.sun_family = AF_UNIX;
  std::memcpy(&name.sun_path[0], path.data(), path.size());
  return make_address(name, path);
}

Result<UniqueFd> connect_tcp(const std::vector<Address>& addresses, SteadyTime deadline,
                             Progress& progress) {
  std::string problem = "no address";
  for (const Address& address : addresses) {
    UniqueFd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd) {
      problem = address.text + ": " + std::strerror(errno);
      continue;
    }
    int error_number = begin_connect(fd.get(), address);
    if (error_number == EINPROGRESS) {
      auto finished = finish_connect(fd.get(), deadline, progress);
      if (!finished) return fail(std::move(finished.error()).in("connect to " + address.text));
      error_number = *finished;
    }
    if (error_number == 0) return fd;
    problem = address.text + ": " + std::strerror(error_number);
  }
  return fail(Code::kUnreachable, "connect to " + problem);
}

}  // namespace gannet::agent
