#include "agent/services/site_probe.h"

#include <chrono>
#include <string>

#include "agent/probes/finding.h"
#include "agent/probes/http_request.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr std::chrono::milliseconds kLimit{5'000};  // one answer; the gate asks again
constexpr int kServerError = 500;

bool comes_from_behind(int status) { return status == 502 || status == 503 || status == 504; }

bool good(const protocol::CaddySpec& site, int status) {
  return site.probe_expect != 0 ? status == site.probe_expect : status < kServerError;
}

std::string hint_for(const std::string& what, int status) {
  if (comes_from_behind(status)) {
    return "what the site passes requests on to does not answer: see its log";
  }
  return "try on the host: curl -i " + what;
}

}  // namespace

protocol::Finding probe_site(const protocol::CaddySpec& site, const HostTree& tree,
                             Progress& progress) {
  protocol::Check check;
  check.kind = protocol::CheckKind::kCaddy;
  check.name = site.probe_host;
  HttpRequest request;
  request.url = {"127.0.0.1", static_cast<std::uint16_t>(site.probe_port), site.probe_path};
  request.host = site.probe_host;
  const std::string url = "http://127.0.0.1:" + std::to_string(site.probe_port) + site.probe_path;
  const std::string curl = "-H " + shell_quote("Host: " + site.probe_host) + " " + shell_quote(url);
  const auto begin = std::chrono::steady_clock::now();
  const auto response = http_get(request, tree, begin + kLimit, progress);
  if (!response) {
    return miss(
        check, url + ": " + response.error().context,
        "does Caddy run, and does it listen on port " + std::to_string(site.probe_port) + "?");
  }
  const int status = response->status();
  std::string message =
      "GET " + site.probe_path + " answered " + std::to_string(status) + " through Caddy";
  if (response->location().starts_with("https://")) {
    message += " (to https; what is behind it was not asked)";
  }
  const bool missed = !good(site, status);
  if (missed && site.probe_expect != 0) message += ", wanted: " + std::to_string(site.probe_expect);
  auto finding = judge(check, missed, std::move(message), hint_for(curl, status));
  add_value(finding, "status", static_cast<std::uint64_t>(status));
  return finding;
}

}  // namespace gannet::agent
