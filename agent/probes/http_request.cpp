#include "agent/probes/http_request.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include <sys/socket.h>

#include "agent/probes/tcp_connect.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

Result<> send_all(int fd, std::string_view text, SteadyTime deadline, Progress& progress) {
  while (!text.empty()) {
    TRY_VOID(wait_for(fd, POLLOUT, deadline, progress));
    const ssize_t put = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put < 0 && errno != EAGAIN && errno != EINTR) {
      return fail_errno(Code::kDisconnected, "send", errno);
    }
    if (put > 0) text.remove_prefix(static_cast<std::size_t>(put));
  }
  return {};
}

/// Reads until the response is complete, or until its head is when the body is not wanted.
Result<> receive_response(int fd, HttpResponse& response, bool wants_body, SteadyTime deadline,
                          Progress& progress) {
  std::array<char, 16UL * 1024UL> chunk{};
  while (!response.done() && (wants_body || !response.head_done())) {
    TRY_VOID(wait_for(fd, POLLIN, deadline, progress));
    const ssize_t got = ::recv(fd, chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got < 0) return fail_errno(Code::kDisconnected, "receive", errno);
    if (got == 0) return response.finish();
    TRY_VOID(response.feed(std::string_view(chunk.data(), static_cast<std::size_t>(got))));
  }
  return {};
}

std::string request_text(const HttpRequest& request) {
  const Url& url = request.url;
  const bool v6 = url.host.find(':') != std::string::npos;
  std::string host = v6 ? "[" + url.host + "]" : url.host;
  if (url.port != 80) host += ":" + std::to_string(url.port);
  if (!request.host.empty()) host = request.host;
  return "GET " + url.path + " HTTP/1.1\r\nHost: " + host +
         "\r\nUser-Agent: gannet-agent\r\nAccept: */*\r\nConnection: close\r\n\r\n";
}

}  // namespace

Result<Authority> parse_authority(std::string_view text, std::uint16_t fallback) {
  std::string_view host = text;
  std::string_view rest;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return fail(Code::kInvalidInput, "] is missing");
    host = text.substr(1, end - 1);
    rest = text.substr(end + 1);
  } else if (const std::size_t colon = text.rfind(':');
             colon != std::string_view::npos && text.find(':') == colon) {
    host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  Authority result{std::string(host), fallback};
  if (host.empty()) return fail(Code::kInvalidInput, "the host is missing");
  if (rest.empty()) return result;
  const auto port = parse_unsigned(rest.substr(1));
  if (rest.front() != ':' || !port || *port == 0 || *port > UINT16_MAX) {
    return fail(Code::kInvalidInput, "\"" + printable(rest) + "\" names no port");
  }
  result.port = static_cast<std::uint16_t>(*port);
  return result;
}

Result<Url> parse_url(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  if (text.starts_with("https://")) {
    return fail(Code::kInvalidInput, "the agent speaks http only",
                "use a command: \"curl -fsS " + std::string(text) + "\"");
  }
  if (!text.starts_with(kScheme)) {
    return fail(Code::kInvalidInput, "this is no http URL", "write http://127.0.0.1:8080/path");
  }
  text.remove_prefix(kScheme.size());
  const std::size_t end = std::min(text.find('/'), text.find('?'));
  TRY(const Authority authority, parse_authority(text.substr(0, end), 80));
  Url url{authority.host, authority.port, "/"};
  if (end != std::string_view::npos) {
    url.path = text[end] == '?' ? "/" + std::string(text.substr(end)) : text.substr(end);
  }
  url.path.resize(std::min(url.path.size(), url.path.find('#')));
  for (const char c : url.path + url.host) {
    if (static_cast<unsigned char>(c) <= ' ' || c == '\x7f') {
      return fail(Code::kInvalidInput, "the URL holds a space or a control character",
                  "write it as %20");
    }
  }
  return url;
}

Result<HttpResponse> http_get(const HttpRequest& request, const HostTree& tree, SteadyTime deadline,
                              Progress& progress) {
  std::vector<Address> addresses;
  if (request.socket.empty()) {
    TRY(addresses, resolve_locally(tree, request.url.host, request.url.port));
  } else {
    TRY(Address address, unix_address(tree.path(request.socket)));
    addresses.push_back(std::move(address));
  }
  TRY(const UniqueFd socket, connect_tcp(addresses, deadline, progress));
  TRY_VOID(send_all(socket.get(), request_text(request), deadline, progress));
  HttpResponse response;
  TRY_VOID(receive_response(socket.get(), response, request.wants_body, deadline, progress));
  return response;
}

}  // namespace gannet::agent
