// The Caddy site of a service, as one host should have it.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "playbooks/render_scope.h"

namespace gannet::playbooks {
namespace {

using inventory::in_quotes;

/// A word that the Caddyfile takes as it is: no blank, quote, brace or comment.
bool is_word(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return static_cast<unsigned char>(c) > 0x20U && c != 0x7F &&
           std::string_view("{}\"`#,;").find(c) == std::string_view::npos;
  });
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 &&
         text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// "api.lan" of "https://api.lan:8443/path".
std::string host_of(std::string_view address) {
  if (const auto scheme = address.find("://"); scheme != std::string_view::npos) {
    address.remove_prefix(scheme + 3);
  }
  return std::string(address.substr(0, address.find_first_of(":/")));
}

class CaddyRenderer {
 public:
  CaddyRenderer(RenderScope& scope, RenderedService& rendered, const CaddyService& caddy)
      : scope_(scope), rendered_(rendered), caddy_(caddy) {}

  void run() {
    const std::size_t before = scope_.problems();
    RenderedSite site;
    site.from = caddy_.from;
    site.config = scope_.expand_path(caddy_.config, "/etc/caddy/Caddyfile", "config");
    std::string folder = scope_.expand_path(caddy_.conf_d, "/etc/caddy/conf.d", "conf_d");
    if (folder.ends_with('/')) folder.pop_back();
    const std::vector<std::string> hosts = words(caddy_.hosts, "host");
    const std::vector<std::string> upstreams = words(caddy_.upstreams, "upstream");
    site.probe_path = scope_.expand(caddy_.probe, "/");
    site.probe_port = caddy_.port;
    site.probe_expect = caddy_.expect;
    if (scope_.problems() != before) return;
    site.site = folder + "/" + scope_.service().name + ".caddy";
    if (caddy_.probes) set_probe_host(site, hosts);
    const Placing placing{site.site, caddy_.from, 0644U, false};
    if (caddy_.site.given()) {
      const std::string src = scope_.expand(caddy_.site);
      if (scope_.problems() == before) {
        scope_.place_source(src, {site.site, caddy_.site.from, 0644U, false}, rendered_);
      }
    } else {
      scope_.place_text(text(hosts, upstreams), placing, rendered_);
    }
    rendered_.site = std::move(site);
  }

 private:
  std::vector<std::string> words(const std::vector<PlacedText>& texts, std::string_view key) {
    std::vector<std::string> found;
    for (const PlacedText& text : texts) {
      const std::size_t before = scope_.problems();
      std::string word = scope_.expand(text);
      if (scope_.problems() == before && !is_word(word)) {
        scope_.add(text.from,
                   in_quotes(printable(word)) + " cannot stand in a Caddyfile as " + in_quotes(key),
                   "write one name or address; several as a list");
      }
      if (key == "upstream" && is_port(word)) word.insert(0, "127.0.0.1:");
      found.push_back(std::move(word));
    }
    return found;
  }

  /// A wildcard can be served but not asked for.
  static void set_probe_host(RenderedSite& site, const std::vector<std::string>& hosts) {
    for (const std::string& address : hosts) {
      const std::string host = host_of(address);
      if (host.empty() || host.find('*') != std::string::npos) continue;
      site.probe_host = host;
      return;
    }
  }

  [[nodiscard]] std::string text(const std::vector<std::string>& hosts,
                                 const std::vector<std::string>& upstreams) const {
    std::vector<std::string> addresses = hosts;
    for (std::string& address : addresses) {
      const bool scheme = address.find("://") != std::string::npos;
      if (caddy_.tls == CaddyTls::kOff && !scheme) address.insert(0, "http://");
    }
    std::string text = "# written by gannet: what is changed here is lost with the next release\n";
    text += join(addresses, ", ") + " {\n";
    if (caddy_.tls == CaddyTls::kInternal) text += "\ttls internal\n";
    text += "\treverse_proxy " + join(upstreams, " ") + "\n}\n";
    return text;
  }

  RenderScope& scope_;
  RenderedService& rendered_;
  const CaddyService& caddy_;
};

}  // namespace

void render_caddy(RenderScope& scope, RenderedService& rendered) {
  if (scope.service().caddy) CaddyRenderer(scope, rendered, *scope.service().caddy).run();
}

}  // namespace gannet::playbooks
