// Whether a site answers, and what is behind it.
#pragma once

#include "agent/progress.h"
#include "agent/system/posix.h"
#include "protocol/activation.h"
#include "protocol/check.h"

namespace gannet::agent {

/// Asks this host's Caddy for the site once, as a client would. `site.probe_host` must be set. A
/// redirect to https counts as an answer: behind it is TLS, which the agent does not speak.
[[nodiscard]] protocol::Finding probe_site(const protocol::CaddySpec& site, const HostTree& tree,
                                           Progress& progress);

}  // namespace gannet::agent
