// Key `caddy` of a service as written. Reference: docs/gannet-yaml.md.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "playbooks/placed_text.h"

namespace gannet::playbooks {

enum class CaddyTls { kAutomatic, kInternal, kOff };

struct CaddyService {
  PlacedText site;                    ///< file of the project; not given: gannet writes the site
  std::vector<PlacedText> hosts;      ///< of the site; the first is asked for by the gate
  std::vector<PlacedText> upstreams;  ///< "8080", "10.0.0.7:8080", "unix//run/app.sock"
  CaddyTls tls = CaddyTls::kAutomatic;
  PlacedText config;  ///< default /etc/caddy/Caddyfile
  PlacedText conf_d;  ///< default /etc/caddy/conf.d
  PlacedText probe;   ///< path; default "/"
  bool probes = true;
  std::uint16_t port = 80;  ///< where Caddy is asked
  std::int64_t expect = 0;  ///< status; 0: any below 500
  inventory::SourceLocation from;
};

}  // namespace gannet::playbooks
