// The Caddy sites of `generate: { caddy: ... }`.
#include <array>

#include "base/text.h"
#include "playbooks/generate/writers.h"

namespace gannet::playbooks {
namespace {

std::string caddy_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string upstream_address(const std::string& upstream) {
  const bool port = upstream.find_first_not_of("0123456789") == std::string::npos;
  return port ? "127.0.0.1:" + upstream : upstream;
}

std::string site_address(const SiteSpec& site, const std::string& host) {
  const bool scheme = host.find("://") != std::string::npos;
  return site.tls == CaddyTls::kOff && !scheme ? "http://" + host : host;
}

/// What all sites of the service say, without indent.
std::vector<std::string> common_lines(const SiteSpec& site) {
  std::vector<std::string> lines;
  if (site.tls == CaddyTls::kInternal) {
    lines.emplace_back("# A certificate of Caddy's own authority: clients have to trust its root.");
    lines.emplace_back("tls internal");
  }
  if (site.compress) lines.emplace_back("encode zstd gzip");
  if (!site.users.empty()) {
    lines.emplace_back("basicauth {");
    for (const auto& [name, hash] : site.users)
      lines.push_back(join(std::array{"\t" + name, hash}, " "));
    lines.emplace_back("}");
  }
  lines.emplace_back("header {");
  lines.emplace_back("\tX-Content-Type-Options nosniff");
  lines.emplace_back("\tReferrer-Policy strict-origin-when-cross-origin");
  lines.emplace_back("\t-Server");
  for (const auto& [name, value] : site.headers)
    lines.push_back("\t" + name + " " + caddy_quoted(value));
  lines.emplace_back("}");
  return lines;
}

}  // namespace

std::string write_site(const SiteSpec& site) {
  std::string text;
  for (const auto& [host, upstream] : site.sites) {
    if (!text.empty()) text += "\n";
    text += site_address(site, host) + " {\n";
    for (const auto& line : common_lines(site)) text += "\t" + line + "\n";
    text += "\t# WebSockets pass without another word.\n";
    text += "\treverse_proxy " + upstream_address(upstream) + "\n}\n";
  }
  return text;
}

}  // namespace gannet::playbooks
