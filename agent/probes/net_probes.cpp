#include "agent/probes/net_probes.h"

#include <chrono>
#include <string>

#include "agent/probes/finding.h"
#include "agent/probes/http_request.h"
#include "agent/probes/tcp_connect.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kDefaultStatus = 200;

protocol::Finding net_miss(const protocol::Check& check, const Error& error) {
  std::string message = check.target + ": " + error.context;
  if (error.code == Code::kTimeout) message += " (" + format_duration(attempt_limit(check)) + ")";
  std::string hint = error.hint;
  if (hint.empty()) hint = "is the service running, and does it listen on this address?";
  return miss(check, std::move(message), std::move(hint));
}

}  // namespace

protocol::Finding probe_http(const protocol::Check& check, const ProbeContext& context) {
  const auto url = parse_url(check.target);
  if (!url) return net_miss(check, url.error());
  const SteadyTime begin = std::chrono::steady_clock::now();
  const HttpRequest request{*url, "", "", !check.pattern.empty()};
  const auto response =
      http_get(request, context.tree, begin + attempt_limit(check), context.progress);
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
