#include "agent/services/caddy_config.h"

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <string>
#include <vector>

#include "base/text.h"

namespace gannet::agent {
namespace {

std::string lower_host(std::string_view text) {
  std::string low(text);
  std::transform(low.begin(), low.end(), low.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return low;
}

/// As Caddy does it: a * stands for one label.
bool host_matches(std::string_view pattern, std::string_view host) {
  const auto wanted = split(lower_host(pattern), '.');
  const auto given = split(lower_host(host), '.');
  if (wanted.size() != given.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (wanted[i] != "*" && wanted[i] != given[i]) return false;
  }
  return true;
}

const std::vector<JsonValue>& items_of(const JsonValue& value, std::string_view name) {
  static const std::vector<JsonValue> none;
  const JsonValue* list = value.member(name);
  return list == nullptr ? none : list->items();
}

bool names_host(const JsonValue& route, std::string_view host) {
  for (const JsonValue& match : items_of(route, "match")) {
    for (const JsonValue& pattern : items_of(match, "host")) {
      if (host_matches(pattern.string(), host)) return true;
    }
  }
  return false;
}

/// Requests for whatever host take it.
bool is_for_all(const JsonValue& route) {
  const auto& matches = items_of(route, "match");
  return matches.empty() || std::any_of(matches.begin(), matches.end(), [](const JsonValue& match) {
           return match.member("host") == nullptr;
         });
}

/// "127.0.0.1:80", ":8080-8090": true also for what only Caddy understands.
bool listens_on(const JsonValue& server, std::uint32_t port) {
  const auto& addresses = items_of(server, "listen");
  return std::any_of(addresses.begin(), addresses.end(), [port](const JsonValue& address) {
    const std::string_view text = address.string();
    const std::string_view last = text.substr(text.rfind(':') + 1);
    return last == std::to_string(port) || last.find_first_of("-{") != std::string_view::npos;
  });
}

struct HostRoutes {
  std::string named;     ///< those that name the host, with what their servers listen on
  bool for_all = false;  ///< one takes any host
};

HostRoutes routes_of(const JsonValue& config, std::string_view host, std::uint32_t port) {
  HostRoutes found;
  const JsonValue* servers = config.at({"apps", "http", "servers"});
  if (servers == nullptr) return found;
  for (const auto& [name, server] : servers->members()) {
    std::string routes;
    for (const JsonValue& route : items_of(server, "routes")) {
      if (names_host(route, host)) routes += route.text() + "\n";
      found.for_all = found.for_all || (listens_on(server, port) && is_for_all(route));
    }
    const JsonValue* listen = server.member("listen");
    if (!routes.empty() && listen != nullptr) routes += listen->text() + "\n";
    found.named += routes;
  }
  return found;
}

std::string http_of(const JsonValue& config) {
  const JsonValue* http = config.at({"apps", "http"});
  return http == nullptr ? std::string() : http->text();
}

}  // namespace

CaddyAdmin admin_of(const JsonValue& config) {
  CaddyAdmin admin;
  const JsonValue* said = config.member("admin");
  if (said == nullptr) return admin;
  const JsonValue* disabled = said->member("disabled");
  admin.off = disabled != nullptr && disabled->is_true();
  if (const JsonValue* listen = said->member("listen")) admin.listen = listen->string();
  return admin;
}

SiteDifference site_difference(const JsonValue& files, const JsonValue& running,
                               std::string_view host, std::uint32_t port) {
  const HostRoutes wanted = routes_of(files, host, port);
  const std::string name(host);
  if (wanted.named.empty() && !wanted.for_all) {
    return {"no site of its Caddyfile is for " + name, true};
  }
  if (wanted.named.empty()) {
    if (http_of(files) == http_of(running)) return {};
    return {"Caddy runs another configuration than its files say", false};
  }
  const HostRoutes now = routes_of(running, host, port);
  if (now.named == wanted.named) return {};
  if (now.named.empty()) return {"Caddy runs a configuration without a site for " + name, false};
  return {"Caddy runs another configuration of " + name + " than its files say", false};
}

}  // namespace gannet::agent
