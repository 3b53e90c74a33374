#include <cstdlib>

#include <gmock/gmock.h>

#include "tests/unit/playbooks/render_project.h"

namespace gannet::playbooks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class CaddyTest : public RenderProject {};

TEST_F(CaddyTest, WritesASite) {
  const RenderedService service =
      render("    caddy: {host: api.home.arpa, upstream: 8080, tls: internal, probe: /healthz}\n");
  EXPECT_EQ(text_of(service, "/etc/caddy/conf.d/web.caddy"),
            "# written by gannet: what is changed here is lost with the next release\n"
            "api.home.arpa {\n"
            "\ttls internal\n"
            "\treverse_proxy 127.0.0.1:8080\n"
            "}\n");
  ASSERT_TRUE(service.site);
  EXPECT_EQ(service.site->config, "/etc/caddy/Caddyfile");
  EXPECT_EQ(service.site->site, "/etc/caddy/conf.d/web.caddy");
  EXPECT_EQ(service.site->probe_host, "api.home.arpa");
  EXPECT_EQ(service.site->probe_path, "/healthz");
  EXPECT_EQ(service.site->probe_port, 80);
  EXPECT_EQ(service.site->probe_expect, 0);
}

TEST_F(CaddyTest, ReadsEveryKey) {
  variables_ = {{"PORT", "9000"}};
  const RenderedService service = render(
      "    caddy: {host: ['*.lan', 'api.lan:8081'], upstream: ['${PORT}', 10.0.0.7:80], tls: off,\n"
      "            config: /opt/caddy/Caddyfile, conf_d: /opt/caddy/sites/, port: 8081,\n"
      "            expect: 204}\n");
  EXPECT_THAT(text_of(service, "/opt/caddy/sites/web.caddy"),
              HasSubstr("http://*.lan, http://api.lan:8081 {\n"
                        "\treverse_proxy 127.0.0.1:9000 10.0.0.7:80\n}"));
  ASSERT_TRUE(service.site);
  EXPECT_EQ(service.site->config, "/opt/caddy/Caddyfile");
  EXPECT_EQ(service.site->probe_host, "api.lan");
  EXPECT_EQ(service.site->probe_port, 8081);
  EXPECT_EQ(service.site->probe_expect, 204);
}

TEST_F(CaddyTest, ShipsAGivenSite) {
  folder_.write("caddy/api.caddy", "api.lan {\n\trespond ok\n}\n");
  const RenderedService service = render("    caddy: {site: caddy/api.caddy, host: api.lan}\n");
  EXPECT_THAT(files_of(service), ElementsAre("/etc/caddy/conf.d/web.caddy 0644"));
  EXPECT_EQ(text_of(service, "/etc/caddy/conf.d/web.caddy"), "api.lan {\n\trespond ok\n}\n");
  ASSERT_TRUE(service.site);
  EXPECT_EQ(service.site->probe_host, "api.lan");
  EXPECT_EQ(render("    caddy: {site: caddy/api.caddy}\n").site->probe_host, "");
  EXPECT_EQ(render("    caddy: {host: a.lan, upstream: 80, probe: 'off'}\n").site->probe_host, "");
}

TEST_F(CaddyTest, CaddyTakesWhatIsWritten) {
  const auto run = [](const std::string& command) {
    return std::system((command + " >/dev/null 2>&1").c_str());  // NOLINT(concurrency-mt-unsafe)
  };
  if (run("caddy version") != 0) return;
  for (const char* tls : {"auto", "internal", "'off'"}) {
    const RenderedService service = render(
        "    caddy: {host: api.home.arpa, upstream: [8080, 10.0.0.7:80], tls: " + std::string(tls) +
        "}\n");
    const std::string text = text_of(service, "/etc/caddy/conf.d/web.caddy");
    const std::string file = folder_.write("Caddyfile", text).string();
    EXPECT_EQ(run("caddy adapt --adapter caddyfile --config " + file), 0) << text;
  }
}

TEST_F(CaddyTest, ExplainsMistakes) {
  EXPECT_THAT(refusal("    caddy: {host: a.lan}\n"), HasSubstr("\"upstream\" is missing"));
  EXPECT_THAT(refusal("    caddy: {upstream: 80}\n"), HasSubstr("\"host\" is missing"));
  EXPECT_THAT(refusal("    caddy: {host: a.lan, upstream: 80, upstrem: 81}\n"),
              HasSubstr("unknown key \"upstrem\""));
  EXPECT_THAT(refusal("    caddy: {site: a.caddy, tls: internal}\n"),
              HasSubstr("\"site\" is the whole site: tls belongs into it"));
  EXPECT_THAT(refusal("    caddy: {host: 'a.lan { respond x }', upstream: 80}\n"),
              HasSubstr("cannot stand in a Caddyfile as \"host\""));
  EXPECT_THAT(refusal("    caddy: {host: a.lan, upstream: 80, probe: healthz}\n"),
              HasSubstr("\"probe\" has to be a path, or off"));
  EXPECT_THAT(refusal("    caddy: {host: a.lan, upstream: 80, conf_d: conf.d}\n"),
              HasSubstr("\"conf_d\" has to be a clean absolute path"));
}

}  // namespace
}  // namespace gannet::playbooks
