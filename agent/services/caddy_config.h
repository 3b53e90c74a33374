// What a Caddy configuration says about a site: the one that its files come to, the one that runs.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/services/json_value.h"

namespace gannet::agent {

/// Where a Caddy with this configuration can be asked.
struct CaddyAdmin {
  bool off = false;    ///< `admin off`
  std::string listen;  ///< "localhost:2019", "unix//run/caddy.sock"; empty: where Caddy likes
};
[[nodiscard]] CaddyAdmin admin_of(const JsonValue& config);

/// Both as `caddy adapt` and the admin endpoint print them. Why a request for `host` is not served
/// as `files` say, for a person; empty: it is. Compared is what answers for that host: the routes
/// that name it, with their server's addresses; all sites when none names it, and one on `port` is
/// for every host.
struct SiteDifference {
  std::string what;
  bool in_files = false;  ///< the files themselves have no site for that host
};
[[nodiscard]] SiteDifference site_difference(const JsonValue& files, const JsonValue& running,
                                             std::string_view host, std::uint32_t port);

}  // namespace gannet::agent
