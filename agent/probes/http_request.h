// One HTTP request from this host, and its answer.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/probes/http_response.h"
#include "agent/progress.h"
#include "agent/system/posix.h"
#include "base/clock.h"
#include "base/result.h"

namespace gannet::agent {

/// The parts of an http URL.
struct Url {
  std::string host;  ///< without brackets
  std::uint16_t port = 80;
  std::string path;  ///< with the query, at least "/"
};

/// "10.0.0.1:80", "[::1]:80", "localhost"; `fallback` when no port is named.
struct Authority {
  std::string host;
  std::uint16_t port = 0;
};
/// Errors: kInvalidInput.
[[nodiscard]] Result<Authority> parse_authority(std::string_view text, std::uint16_t fallback);

/// Reads "http://host[:port][/path]". Errors: kInvalidInput, for https too: the agent has no TLS.
[[nodiscard]] Result<Url> parse_url(std::string_view text);

struct HttpRequest {
  Url url;                  ///< where to connect
  std::string host;         ///< header Host, when it is not the URL's own
  std::string socket;       ///< path of a Unix socket to connect to instead; empty: none
  bool wants_body = false;  ///< else the answer is complete with its head
};

/// GETs. Redirects are not followed. Errors: kInvalidInput (a name that only DNS knows),
/// kUnreachable, kTimeout at `deadline`, kDisconnected, kBadMessage (no HTTP), kInterrupted.
[[nodiscard]] Result<HttpResponse> http_get(const HttpRequest& request, const HostTree& tree,
                                            SteadyTime deadline, Progress& progress);

}  // namespace gannet::agent
