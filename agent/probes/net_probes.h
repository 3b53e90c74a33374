// What answers over TCP and HTTP, seen from this host.
#pragma once

#include "agent/probes/run_check.h"
#include "protocol/check.h"

namespace gannet::agent {

/// `target` answers with status `expect` (0 counts as 200) and, when `pattern` is set, has it in
/// the first 256 KiB of its body. Redirects are not followed.
[[nodiscard]] protocol::Finding probe_http(const protocol::Check& check,
                                           const ProbeContext& context);

/// `target` (a host, or "host:port" when port is 0) accepts a TCP connection.
[[nodiscard]] protocol::Finding probe_tcp(const protocol::Check& check,
                                          const ProbeContext& context);

}  // namespace gannet::agent
