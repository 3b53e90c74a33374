#include "agent/probes/net_probes.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>

#include "agent/probes/finding.h"
#include "agent/probes/http_response.h"
#include "agent/probes/tcp_connect.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kDefaultStatus = 200;

struct HostAndPort {
  std::string host;
  std::uint16_t port = 0;
};

/// "10.0.0.1:80", "[::1]:80", "localhost"; `fallback` when no port is named.
Result<HostAndPort> parse_authority(std::string_view text, std::uint16_t fallback) {
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
  HostAndPort result{std::string(host), fallback};
  if (host.empty()) return fail(Code::kInvalidInput, "the host is missing");
  if (rest.empty()) return result;
  const auto port = parse_unsigned(rest.substr(1));
  if (rest.front() != ':' || !port || *port == 0 || *port > UINT16_MAX) {
    return fail(Code::kInvalidInput, "\"" + printable(rest) + "\" names no port");
  }
  result.port = static_cast<std::uint16_t>(*port);
  return result;
}

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

std::string request_text(const Url& url) {
  const bool v6 = url.host.find(':') != std::string::npos;
  std::string host = v6 ? "[" + url.host + "]" : url.host;
  if (url.port != 80) host += ":" + std::to_string(url.port);
  return "GET " + url.path + " HTTP/1.1\r\nHost: " + host +
         "\r\nUser-Agent: gannet-agent\r\nAccept: */*\r\nConnection: close\r\n\r\n";
}

Result<HttpResponse> fetch(const Url& url, const protocol::Check& check,
                           const ProbeContext& context) {
  const SteadyTime deadline = std::chrono::steady_clock::now() + attempt_limit(check);
  TRY(const auto addresses, resolve_locally(context.tree, url.host, url.port));
  TRY(const UniqueFd socket, connect_tcp(addresses, deadline, context.progress));
  TRY_VOID(send_all(socket.get(), request_text(url), deadline, context.progress));
  HttpResponse response;
  TRY_VOID(
      receive_response(socket.get(), response, !check.pattern.empty(), deadline, context.progress));
  return response;
}

protocol::Finding net_miss(const protocol::Check& check, const Error& error) {
  std::string message = check.target + ": " + error.context;
  if (error.code == Code::kTimeout) message += " (" + format_duration(attempt_limit(check)) + ")";
  std::string hint = error.hint;
  if (hint.empty()) hint = "is the service running, and does it listen on this address?";
  return miss(check, std::move(message), std::move(hint));
}

}  // namespace

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
  TRY(const HostAndPort authority, parse_authority(text.substr(0, end), 80));
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

protocol::Finding probe_http(const protocol::Check& check, const ProbeContext& context) {
  const auto url = parse_url(check.target);
  if (!url) return net_miss(check, url.error());
  const SteadyTime begin = std::chrono::steady_clock::now();
  const auto response = fetch(*url, check, context);
  if (!response) return net_miss(check, response.error());
  const auto took =
      std::chrono::ceil<milliseconds>(std::chrono::steady_clock::now() - begin).count();

  const std::int64_t wanted = check.expect != 0 ? check.expect : kDefaultStatus;
  std::string message = check.target + " answered " + std::to_string(response->status());
  bool missed = response->status() != wanted;
  if (missed) {
    message += ", wanted: " + std::to_string(wanted);
  } else if (!check.pattern.empty()) {
    missed = response->body().find(check.pattern) == std::string::npos;
    message += (missed ? " without \"" : " with \"") + printable(check.pattern) + "\"";
  }
  message += " in " + std::to_string(took) + " ms";
  protocol::Finding finding =
      judge(check, missed, std::move(message),
            "see the service's log, or try: curl -i " + shell_quote(check.target));
  add_value(finding, "status", static_cast<std::uint64_t>(response->status()));
  add_value(finding, "elapsed_ms", static_cast<std::uint64_t>(took));
  return finding;
}

protocol::Finding probe_tcp(const protocol::Check& check, const ProbeContext& context) {
  const auto port = static_cast<std::uint16_t>(check.port);
  const auto where = parse_authority(check.target, port);
  if (!where) return net_miss(check, where.error());
  if (where->port == 0 || check.port > UINT16_MAX) {
    return net_miss(check, {Code::kInvalidInput, "names no port", "write host:port"});
  }
  const auto addresses = resolve_locally(context.tree, where->host, where->port);
  if (!addresses) return net_miss(check, addresses.error());
  const SteadyTime begin = std::chrono::steady_clock::now();
  const auto socket = connect_tcp(*addresses, begin + attempt_limit(check), context.progress);
  if (!socket) return net_miss(check, socket.error());
  const auto took =
      std::chrono::ceil<milliseconds>(std::chrono::steady_clock::now() - begin).count();
  protocol::Finding finding =
      pass(check, where->host + ":" + std::to_string(where->port) + " accepts connections");
  add_value(finding, "elapsed_ms", static_cast<std::uint64_t>(took));
  return finding;
}

}  // namespace gannet::agent
