// Key `caddy` of a service. Reference: docs/gannet-yaml.md.
#include <utility>

#include "playbooks/spec_reader.h"

namespace gannet::playbooks {
namespace {

using inventory::MapReader;
using inventory::YamlContext;
using inventory::YamlNode;

class CaddyReader {
 public:
  CaddyReader(const YamlContext& context, const YamlNode& node, const std::string& what)
      : context_(context), reader_(context, node, "\"caddy\" of " + what) {}

  CaddyService read() {
    caddy_.from = context_.place(reader_.node());
    caddy_.site = read_placed(reader_, context_, "site");
    caddy_.hosts = read_placed_list(reader_, context_, "host");
    caddy_.upstreams = read_placed_list(reader_, context_, "upstream");
    read_tls();
    check_site();
    caddy_.config = read_placed(reader_, context_, "config");
    caddy_.conf_d = read_placed(reader_, context_, "conf_d");
    read_probe();
    reader_.finish();
    return std::move(caddy_);
  }

 private:
  void read_tls() {
    const auto tls = reader_.choice("tls", {"auto", "internal", "off"});
    if (!tls) return;
    caddy_.tls = *tls == "internal" ? CaddyTls::kInternal
                 : *tls == "off"    ? CaddyTls::kOff
                                    : CaddyTls::kAutomatic;
  }

  void check_site() {
    if (!reader_.valid()) return;
    if (reader_.has("site")) {
      for (const char* key : {"upstream", "tls"}) {
        if (!reader_.has(key)) continue;
        reader_.add(key, "\"site\" is the whole site: " + std::string(key) + " belongs into it", "",
                    "write it into the site's file, or remove \"site\"");
      }
      return;
    }
    reader_.require("host");
    reader_.require("upstream");
  }

  void read_probe() {
    caddy_.probe = read_placed(reader_, context_, "probe");
    caddy_.probes = caddy_.probe.value != "off";
    const bool path = caddy_.probe.value.empty() || caddy_.probe.value.starts_with('/') ||
                      has_placeholder(caddy_.probe.value);
    if (caddy_.probes && !path) {
      reader_.add("probe", "\"probe\" has to be a path, or off", "", "write probe: /healthz");
    }
    if (const auto port = reader_.number("port", 1, 65'535)) {
      caddy_.port = static_cast<std::uint16_t>(*port);
    }
    caddy_.expect = reader_.number("expect", 100, 599).value_or(0);
  }

  const YamlContext& context_;
  MapReader reader_;
  CaddyService caddy_;
};

}  // namespace

CaddyService read_caddy(const YamlContext& context, const YamlNode& node, const std::string& what) {
  return CaddyReader(context, node, what).read();
}

}  // namespace gannet::playbooks
