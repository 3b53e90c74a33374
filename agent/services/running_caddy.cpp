#include "agent/services/running_caddy.h"

#include <chrono>
#include <utility>

#include "agent/core/health_gate.h"
#include "agent/probes/finding.h"
#include "agent/probes/http_request.h"
#include "agent/services/caddy_config.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

using protocol::Finding;

constexpr std::chrono::milliseconds kAdminLimit{5'000};
constexpr std::uint16_t kAdminPort = 2019;
constexpr int kOk = 200;

void not_known(Finding& finding, const std::string& why) {
  finding.message += "; which configuration Caddy runs is not known: " + why;
}

void fail_site(Finding& finding, std::string message, std::string hint) {
  finding.severity = protocol::Severity::kFail;
  finding.message = std::move(message);
  finding.hint = std::move(hint);
}

/// "localhost:2019", ":2019", "tcp/127.0.0.1:2019", "unix//run/caddy.sock|0220".
Result<HttpRequest> admin_request(std::string listen) {
  HttpRequest request;
  request.wants_body = true;
  constexpr std::string_view kUnix = "unix/";
  if (listen.starts_with(kUnix)) {
    request.socket = listen.substr(kUnix.size(), listen.find('|') - kUnix.size());
    request.url.path = "/config/";
    return request;
  }
  constexpr std::string_view kTcp = "tcp/";
  if (listen.starts_with(kTcp)) listen.erase(0, kTcp.size());
  if (listen.starts_with(':')) listen.insert(0, "127.0.0.1");
  TRY(Authority authority, parse_authority(listen, kAdminPort));
  if (authority.host == "0.0.0.0") authority.host = "127.0.0.1";
  if (authority.host == "::") authority.host = "::1";
  request.url = {authority.host, authority.port, "/config/"};
  return request;
}

}  // namespace

const JsonValue* RunningCaddy::files_of(const protocol::CaddySpec& site, Finding& finding,
                                        Progress& progress) {
  if (!keeps_) files_.clear();
  if (const auto known = files_.find(site.config); known != files_.end()) return &known->second;
  auto printed = caddy_.adapt(site.config, std::chrono::milliseconds(site.timeout_ms), progress);
  if (!printed) {
    fail_site(finding, printed.error().error.context, "correct the site, or " + site.config);
    return nullptr;
  }
  auto config = JsonValue::parse(*printed);
  if (!config) {
    not_known(finding, "caddy adapt printed no configuration");
    return nullptr;
  }
  return &files_.insert_or_assign(site.config, std::move(*config)).first->second;
}

Result<JsonValue> RunningCaddy::running(const std::string& listen, Progress& progress) {
  TRY(const HttpRequest request, admin_request(listen));
  const auto deadline = std::chrono::steady_clock::now() + kAdminLimit;
  TRY(const HttpResponse response, http_get(request, tree_, deadline, progress));
  if (response.status() != kOk) {
    return fail(Code::kBadMessage, "it answered " + std::to_string(response.status()));
  }
  if (response.body().size() >= HttpResponse::kMaxBody) {
    return fail(Code::kBadMessage, "it has more than " + format_size(HttpResponse::kMaxBody));
  }
  return JsonValue::parse(response.body());
}

void RunningCaddy::judge(const protocol::CaddySpec& site, Finding& finding, Progress& progress) {
  const JsonValue* files = files_of(site, finding, progress);
  if (files == nullptr) return;
  CaddyAdmin admin = admin_of(*files);
  if (admin.off) return not_known(finding, "its admin endpoint is off");
  if (admin.listen.empty()) admin.listen = caddy_.admin_address(progress);
  const auto running_now = running(admin.listen, progress);
  if (!running_now) {
    return not_known(finding,
                     "admin endpoint " + admin.listen + ": " + running_now.error().context);
  }
  const SiteDifference difference =
      site_difference(*files, *running_now, site.probe_host, site.probe_port);
  if (difference.what.empty()) return;
  if (difference.in_files) {
    fail_site(finding, difference.what, "correct the address in the site, or its `host`");
    add_value(finding, kFinal, "true");
    return;
  }
  fail_site(finding, difference.what,
            "run on the host: sudo systemctl reload caddy; systemctl cat caddy shows whether it "
            "reads " +
                site.config);
}

}  // namespace gannet::agent
