#include "controller/ssh/agent_client.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string_view>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "controller/ssh/host_key.h"

namespace gannet::controller {
namespace {

constexpr std::string_view kListRequest("\0\0\0\1\x0b", 5);  // length 1, REQUEST_IDENTITIES
constexpr char kListAnswer = 12;
constexpr std::size_t kMaxAnswer = 256UL * 1024;  // what ssh-agent itself never exceeds

Result<> receive(const UniqueFd& fd, char* to, std::size_t size) {
  while (size > 0) {
    const ssize_t n = ::recv(fd.get(), to, size, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(Code::kIo, "read from the ssh agent", errno);
    if (n == 0) return fail(Code::kIo, "the ssh agent closed the connection");
    to += n;
    size -= static_cast<std::size_t>(n);
  }
  return {};
}

/// Takes a number and then that many bytes from a message; nullopt when it is too short.
std::optional<std::uint32_t> take_number(std::string_view& bytes) {
  if (bytes.size() < 4) return std::nullopt;
  std::uint32_t number = 0;
  for (const char c : bytes.substr(0, 4)) number = number << 8U | static_cast<unsigned char>(c);
  bytes.remove_prefix(4);
  return number;
}

std::optional<std::string_view> take_string(std::string_view& bytes) {
  const auto length = take_number(bytes);
  if (!length || *length > bytes.size()) return std::nullopt;
  const std::string_view text = bytes.substr(0, *length);
  bytes.remove_prefix(*length);
  return text;
}

Result<std::vector<std::string>> parse_list(std::string_view message) {
  std::vector<std::string> keys;
  if (message.empty() || message[0] != kListAnswer) return keys;  // locked, or it refuses
  message.remove_prefix(1);
  const auto count = take_number(message);
  for (std::uint32_t i = 0; count && i < *count; ++i) {
    const auto blob = take_string(message);
    const auto comment = take_string(message);
    if (!blob || !comment) return fail(Code::kBadMessage, "the ssh agent's answer is cut short");
    keys.push_back(encode_base64(*blob));
  }
  return keys;
}

}  // namespace

Result<UniqueFd> connect_agent(const std::string& socket, std::chrono::milliseconds patience) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket.size() >= sizeof address.sun_path) {
    return fail(Code::kIo, "ssh agent: the name of its socket is too long: " + socket);
  }
  std::memcpy(address.sun_path, socket.c_str(), socket.size() + 1);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) return fail_errno(Code::kIo, "ssh agent", errno);
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience);
  timeval limit{};
  limit.tv_sec = seconds.count();
  limit.tv_usec = std::chrono::microseconds(patience - seconds).count();
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(fd.get(), generic, sizeof address) != 0) {
    return fail_errno(Code::kIo, "connect to the ssh agent at " + socket, errno);
  }
  return fd;
}

Result<std::vector<std::string>> list_agent_keys(const std::string& socket,
                                                 std::chrono::milliseconds patience) {
  TRY(const UniqueFd fd, connect_agent(socket, patience));
  if (::send(fd.get(), kListRequest.data(), kListRequest.size(), MSG_NOSIGNAL) < 0) {
    return fail_errno(Code::kIo, "write to the ssh agent", errno);
  }
  std::string header(4, '\0');
  TRY_VOID(receive(fd, header.data(), header.size()));
  std::string_view rest = header;
  const std::uint32_t length = take_number(rest).value_or(0);
  if (length > kMaxAnswer) return fail(Code::kBadMessage, "the ssh agent's answer is too long");
  std::string message(length, '\0');
  TRY_VOID(receive(fd, message.data(), message.size()));
  return parse_list(message);
}

}  // namespace gannet::controller
