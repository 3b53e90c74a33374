#include "playbooks/check_rules.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>

#include "base/text.h"
#include "inventory/problem.h"

namespace gannet::playbooks {
namespace {

using inventory::in_quotes;

std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [stop, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (ec != std::errc() || stop != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

bool is_numeric_or_localhost(const std::string& address) {
  in6_addr buffer{};
  return address == "localhost" || ::inet_pton(AF_INET, address.c_str(), &buffer) == 1 ||
         ::inet_pton(AF_INET6, address.c_str(), &buffer) == 1;
}

/// "host:port" or "[v6]:port" in two parts; the port part is empty when there is none.
std::pair<std::string, std::string> split_address(std::string_view text) {
  if (text.starts_with('[')) {
    const auto close = text.find(']');
    if (close == std::string_view::npos) return {std::string(text), ""};
    const std::string_view rest = text.substr(close + 1);
    return {std::string(text.substr(1, close - 1)),
            std::string(rest.starts_with(':') ? rest.substr(1) : "")};
  }
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return {std::string(text), ""};
  return {std::string(text.substr(0, colon)), std::string(text.substr(colon + 1))};
}

Result<> settle_tcp(CheckSpec& check) {
  const std::string& text = check.unresolved;
  auto [address, port_text] = split_address(text);
  const auto port = parse_port(port_text);
  if (!port) {
    return fail(Code::kInvalidInput, in_quotes(text) + " is not an address with a port",
                "write address:port, for example 127.0.0.1:5432");
  }
  if (!is_numeric_or_localhost(address)) {
    return fail(Code::kInvalidInput, in_quotes(address) + " is a name, and the agent resolves none",
                "write an IP address or localhost");
  }
  check.target = std::move(address);
  check.port = *port;
  check.unresolved.clear();
  return {};
}

Result<> settle_port(CheckSpec& check) {
  if (check.unresolved.empty()) return {};
  const auto port = parse_port(check.unresolved);
  if (!port) {
    return fail(Code::kInvalidInput, in_quotes(check.unresolved) + " is not a port",
                "write a number from 1 to 65535");
  }
  check.port = *port;
  check.unresolved.clear();
  return {};
}

Result<> check_url(const std::string& url) {
  constexpr std::string_view kScheme = "http://";
  if (url.starts_with("https://")) {
    return fail(Code::kInvalidInput,
                "the agent speaks http only, it cannot check " + in_quotes(url),
                "check the port with tcp:, or the plain http port behind it");
  }
  if (!url.starts_with(kScheme)) {
    return fail(Code::kInvalidInput, in_quotes(url) + " is not an http URL",
                "write for example http://127.0.0.1:8080/healthz");
  }
  const bool odd = std::any_of(url.begin(), url.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20U || c == 0x7F;
  });
  if (odd) return fail(Code::kInvalidInput, "an URL has no blanks: " + in_quotes(printable(url)));
  std::string_view authority = std::string_view(url).substr(kScheme.size());
  authority = authority.substr(0, authority.find_first_of("/?#"));
  const bool plain = !authority.starts_with('[') && authority.find(':') == std::string_view::npos;
  const bool bare_v6 = authority.ends_with(']');
  auto [host, port] =
      plain ? std::pair{std::string(authority), std::string("80")} : split_address(authority);
  if (bare_v6) port = "80";
  if (!is_numeric_or_localhost(host)) {
    return fail(Code::kInvalidInput, in_quotes(host) + " is a name, and the agent resolves none",
                "write an IP address or localhost");
  }
  if (!parse_port(port)) {
    return fail(Code::kInvalidInput, in_quotes(port) + " is not a port",
                "write a number from 1 to 65535");
  }
  return {};
}

Result<> check_path(const std::string& path) {
  if (path == "/" || is_clean_absolute_path(path)) return {};
  return fail(Code::kInvalidInput, in_quotes(path) + " is not a clean absolute path",
              "begin with \"/\", without \"..\", \"//\" or a \"/\" at the end");
}

Result<> check_unit(const std::string& unit) {
  const bool odd = std::any_of(unit.begin(), unit.end(), [](char c) {
    return static_cast<unsigned char>(c) <= 0x20U || c == 0x7F || c == '/';
  });
  const bool typed = unit.find('.') != std::string::npos;
  if (!odd && typed && unit.front() != '-') return {};
  return fail(Code::kInvalidInput, in_quotes(unit) + " is not the name of a unit",
              typed ? "" : "write it with its type: " + unit + ".service");
}

}  // namespace

std::string_view to_string(CheckType type) {
  switch (type) {
    case CheckType::kDisk:
      return "disk";
    case CheckType::kMemory:
      return "memory";
    case CheckType::kLoad:
      return "load";
    case CheckType::kTemperature:
      return "temperature";
    case CheckType::kThrottling:
      return "throttling";
    case CheckType::kClock:
      return "clock";
    case CheckType::kPortFree:
      return "port_free";
    case CheckType::kPortOpen:
      return "port_open";
    case CheckType::kUnit:
      return "unit";
    case CheckType::kHttp:
      return "http";
    case CheckType::kTcp:
      return "tcp";
    case CheckType::kFile:
      return "file";
    case CheckType::kProcess:
      return "process";
    case CheckType::kCommand:
      return "command";
    case CheckType::kWritable:
      return "writable";
  }
  return "";
}

std::string default_name(const CheckSpec& check) {
  std::string name(to_string(check.type));
  if (!check.unresolved.empty()) return name + " " + check.unresolved;
  if (check.type == CheckType::kTcp) {
    const bool v6 = check.target.find(':') != std::string::npos;
    return name + " " + (v6 ? "[" + check.target + "]" : check.target) + ":" +
           std::to_string(check.port);
  }
  if (check.port != 0) return name + " " + std::to_string(check.port);
  return check.target.empty() ? name : name + " " + check.target;
}

Result<> settle_target(CheckSpec& check) {
  switch (check.type) {
    case CheckType::kDisk:
    case CheckType::kFile:
    case CheckType::kWritable:
      return check_path(check.target);
    case CheckType::kPortFree:
    case CheckType::kPortOpen:
      return settle_port(check);
    case CheckType::kTcp:
      return check.unresolved.empty() ? Result<>{} : settle_tcp(check);
    case CheckType::kHttp:
      return check_url(check.target);
    case CheckType::kUnit:
      return check_unit(check.target);
    case CheckType::kProcess:
    case CheckType::kCommand:
      if (!trim(check.target).empty()) return {};
      return fail(Code::kInvalidInput, std::string(to_string(check.type)) + " is empty");
    case CheckType::kMemory:
    case CheckType::kLoad:
    case CheckType::kTemperature:
    case CheckType::kThrottling:
    case CheckType::kClock:
      return {};
  }
  return {};
}

}  // namespace gannet::playbooks
