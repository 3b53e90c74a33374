// What answers over TCP and HTTP, seen from this host.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/probes/run_check.h"
#include "base/result.h"
#include "protocol/check.h"

namespace gannet::agent {

/// The parts of an http URL.
struct Url {
  std::string host;  ///< without brackets
  std::uint16_t port = 80;
  std::string path;  ///< with the query, at least "/"
};

/// Reads "http://host[:port][/path]". Errors: kInvalidInput, for https too: the agent has no TLS.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

/// `target` answers with status `expect` (0 counts as 200) and, when `pattern` is set, has it in
/// the first 256 KiB of its body. Redirects are not followed.
[[nodiscard]] protocol::Finding probe_http(const protocol::Check& check,
                                           const ProbeContext& context);

/// `target` (a host, or "host:port" when port is 0) accepts a TCP connection.
[[nodiscard]] protocol::Finding probe_tcp(const protocol::Check& check,
                                          const ProbeContext& context);

}  // namespace gannet::agent
