// Sites of a Caddy that answers from a script, and of the real one where it is installed.
#include "agent/services/caddy_sites.h"

#include <cstdlib>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/services/caddy_imports.h"
#include "agent/services/site_probe.h"
#include "tests/support/scripted_tools.h"
#include "tests/unit/agent_system/fake_peer.h"
#include "tests/unit/agent_system/support.h"

namespace gannet::agent {
namespace {

using protocol::CaddySpec;
using protocol::PlannedAction;
using protocol::Release;
using protocol::RuntimeState;
using protocol::Severity;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::string kSite = "/etc/caddy/conf.d/api.caddy";
const std::string kValidate =
    "runuser -u caddy -- env HOME=/var/lib/caddy "
    "caddy validate --config /etc/caddy/Caddyfile --adapter caddyfile";

class CaddySitesTest : public ::testing::Test {
 protected:
  CaddySitesTest() {
    tree_.write("run/systemd/system/x", "");
    tree_.write("etc/passwd", "caddy:x:998:998::/var/lib/caddy:/usr/sbin/nologin\n");
    tree_.write("etc/caddy/Caddyfile", ":80 {\n\trespond hello\n}\nimport conf.d/*.caddy\n");
    caddy_is("active");
    release_.service = "api";
    CaddySpec site;
    site.site = kSite;
    release_.sites = {site};
  }

  void caddy_is(const std::string& state) {
    tools_.expect("systemctl show",
                  printed("LoadState=loaded\nActiveState=" + state + "\nUser=caddy\n"));
  }
  ServiceChange change(std::set<std::string> changed, const Release* in_force) {
    ServiceChange change;
    change.wanted = &release_;
    change.in_force = in_force;
    change.changed = std::move(changed);
    return change;
  }
  std::vector<std::string> done() {
    return tools_.log_without({"systemctl show", "caddy version", "journalctl"});
  }

  TempDir tree_;
  TempDir host_without_units_;
  ScriptedTools tools_;
  NoProgress nobody_;
  Release release_;
  CaddySites sites_{tools_, HostTree{tree_.path()}, 0};
};

TEST(CaddyImports, FindsThoseThatStandOutsideOfBlocks) {
  const std::string text =
      "{\n\temail a@b.c\n}\n# import no.d/*\nimport a.d/*\n:80 {\n\timport in.d/*\n"
      "\theader {\n\t\tX {$Y}\n\t}\n}\n  import \"b d/*.caddy\" x # why\nexample.com, {$H} {\n}\n"
      "import /c/*\n";
  EXPECT_THAT(top_level_imports(text), ElementsAre("a.d/*", "b d/*.caddy", "/c/*"));
}

TEST(CaddyImports, UnderstandsTheFormsOfAFolder) {
  const std::string config = "/etc/caddy/Caddyfile";
  for (const char* good : {"conf.d/*", "./conf.d/*", "conf.d/*.caddy", "/etc/caddy/conf.d/*",
                           "/etc/caddy/conf.d/api.caddy", "*/*.caddy", "conf.d/api.*"}) {
    EXPECT_TRUE(imports(good, config, kSite)) << good;
  }
  for (const char* bad :
       {"conf.d", "*", "conf.d/*.conf", "sites/*", "/etc/caddy/*", "conf.d/*/*"}) {
    EXPECT_FALSE(imports(bad, config, kSite)) << bad;
  }
  EXPECT_FALSE(imports("conf.d/*", config, "/etc/caddy/conf.d/.hidden"));
  EXPECT_EQ(import_line(config, kSite), "import conf.d/*.caddy");
  EXPECT_EQ(import_line(config, "/srv/sites/api"), "import /srv/sites/*");
}

TEST_F(CaddySitesTest, PreflightWantsCaddyRunningAndTheImport) {
  EXPECT_THAT(sites_.preflight(change({}, nullptr), nobody_), IsEmpty());
  caddy_is("inactive");
  EXPECT_EQ(sites_.preflight(change({}, nullptr), nobody_).at(0).message,
            "Caddy does not run here");
  caddy_is("active");
  tree_.write("etc/caddy/Caddyfile", ":80 {\n\timport conf.d/*\n}\n");
  auto findings = sites_.preflight(change({}, nullptr), nobody_);
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].severity, Severity::kFail);
  EXPECT_EQ(findings[0].message, "does not import " + kSite);
  EXPECT_THAT(findings[0].hint, HasSubstr("import conf.d/*.caddy"));
  tools_.missing("caddy");
  EXPECT_EQ(sites_.preflight(change({}, nullptr), nobody_).at(0).message,
            "Caddy is not installed here");
}

TEST_F(CaddySitesTest, ValidatesAsCaddysUserThenReloads) {
  EXPECT_THAT(sites_.plan(change({kSite}, nullptr), nobody_),
              ElementsAre(PlannedAction{"reload caddy", "site " + kSite + " is new"}));
  EXPECT_THAT(sites_.plan(change({kSite}, &release_), nobody_),
              ElementsAre(PlannedAction{"reload caddy", "site " + kSite + " changes"}));
  ASSERT_TRUE(sites_.activate(change({kSite}, nullptr), {}, nobody_).has_value());
  EXPECT_THAT(done(), ElementsAre(kValidate, "systemctl reload -- caddy.service"));
}

TEST_F(CaddySitesTest, TheEnvironmentOfTheUnitIsThereAndNobodySeesIt) {
  tree_.write("etc/caddy/env", "TOKEN='s3cret word'\n");
  tools_.expect("systemctl show",
                printed("LoadState=loaded\nActiveState=active\nUser=caddy\nEnvironment=PORT=81\n"
                        "EnvironmentFiles=/etc/caddy/env (ignore_errors=no)\n"));
  ASSERT_TRUE(sites_.activate(change({kSite}, nullptr), {}, nobody_).has_value());
  EXPECT_EQ(done().at(0), kValidate);
  for (const ToolRun& run : tools_.runs) {
    if (run.words[0] != "runuser") continue;
    EXPECT_THAT(run.environment,
                ElementsAre(testing::Pair("PORT", "81"), testing::Pair("TOKEN", "s3cret word")));
  }
}

TEST_F(CaddySitesTest, NothingChangedNothingIsReloaded) {
  EXPECT_THAT(sites_.plan(change({}, &release_), nobody_), IsEmpty());
  ASSERT_TRUE(sites_.activate(change({}, &release_), {}, nobody_).has_value());
  EXPECT_THAT(done(), IsEmpty());
}

TEST_F(CaddySitesTest, WhatDoesNotValidateIsNeverReloaded) {
  tools_.expect("runuser",
                failed(1,
                       "{\"level\":\"info\"}\nError: adapting config using caddyfile: "
                       "/etc/caddy/conf.d/api.caddy:2: unrecognized directive: revers\n"));
  const auto outcome = sites_.activate(change({kSite}, nullptr), {}, nobody_);
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().error.context,
            "caddy validate /etc/caddy/Caddyfile: adapting config using caddyfile: "
            "/etc/caddy/conf.d/api.caddy:2: unrecognized directive: revers");
  EXPECT_THAT(done(), ElementsAre(kValidate));
  // Caddy never got it, so there is nothing to take back.
  ASSERT_TRUE(sites_.bring_back({&release_}, {}, nobody_).has_value());
  EXPECT_THAT(done(), ElementsAre(kValidate));
}

TEST_F(CaddySitesTest, ASiteThatGoesIsReloadedAwayWhenItsFileIsGone) {
  const Release old = release_;
  release_.sites.clear();
  EXPECT_THAT(sites_.plan(change({kSite}, &old), nobody_),
              ElementsAre(PlannedAction{"reload caddy", "site " + kSite + " goes"}));
  ASSERT_TRUE(sites_.withdraw(change({kSite}, &old), nobody_).has_value());
  EXPECT_THAT(done(), IsEmpty());
  ASSERT_TRUE(sites_.activate(change({kSite}, &old), {}, nobody_).has_value());
  EXPECT_THAT(done(), ElementsAre(kValidate, "systemctl reload -- caddy.service"));
}

TEST_F(CaddySitesTest, WhatWasLoadedIsTakenBackAndAnEndedCaddyStarts) {
  ASSERT_TRUE(sites_.activate(change({kSite}, nullptr), {}, nobody_).has_value());
  ASSERT_TRUE(sites_.undo({&release_}, {}, nobody_).has_value());
  ASSERT_TRUE(sites_.bring_back({&release_, &release_}, {}, nobody_).has_value());
  EXPECT_THAT(done(), ElementsAre(kValidate, "systemctl reload -- caddy.service", kValidate,
                                  "systemctl reload -- caddy.service"));
  // Another process, after a reboot with the bad site: nobody knows what was loaded.
  ScriptedTools tools;
  tools.expect("systemctl show", printed("LoadState=loaded\nActiveState=failed\nUser=caddy\n"));
  CaddySites sites(tools, HostTree{tree_.path()}, 0);
  ASSERT_TRUE(sites.bring_back({&release_}, {}, nobody_).has_value());
  EXPECT_THAT(tools.log_without({"systemctl show", "caddy version"}),
              ElementsAre(kValidate, "systemctl restart -- caddy.service"));
}

TEST_F(CaddySitesTest, WithoutSystemdOrRootCaddyItselfReloads) {
  CaddySites sites(tools_, HostTree{tree_.path()}, 1000);
  ASSERT_TRUE(sites.activate(change({kSite}, nullptr), {}, nobody_).has_value());
  EXPECT_THAT(done(),
              ElementsAre("caddy validate --config /etc/caddy/Caddyfile --adapter caddyfile",
                          "caddy reload --config /etc/caddy/Caddyfile --adapter caddyfile"));
}

TEST_F(CaddySitesTest, TheGateAsksThroughCaddyForTheHost) {
  const auto ask = [this](const std::string& answer, std::string* request) {
    FakePeer peer({answer}, FakePeer::Then::kClose);
    CaddySpec site = release_.sites[0];
    site.probe_host = "api.home.arpa";
    site.probe_port = peer.port();
    site.probe_path = "/healthz";
    auto finding = probe_site(site, HostTree{}, nobody_);
    const std::string asked = peer.request();
    if (request != nullptr) *request = asked;
    return finding;
  };
  std::string request;
  const auto good = ask("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", &request);
  EXPECT_EQ(good.severity, Severity::kPass) << good.message;
  EXPECT_EQ(good.name, "api.home.arpa");
  EXPECT_THAT(request, HasSubstr("GET /healthz HTTP/1.1\r\nHost: api.home.arpa\r\n"));

  const auto bad = ask("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", nullptr);
  EXPECT_EQ(bad.severity, Severity::kFail);
  EXPECT_EQ(bad.message, "GET /healthz answered 502 through Caddy");

  const auto moved =
      ask("HTTP/1.1 308 Permanent Redirect\r\nLocation: https://api.home.arpa/healthz\r\n"
          "Content-Length: 0\r\n\r\n",
          nullptr);
  EXPECT_EQ(moved.severity, Severity::kPass);
  EXPECT_THAT(moved.message, HasSubstr("to https"));
}

TEST_F(CaddySitesTest, TheRealCaddyReadsTheEnvironmentOfItsUnit) {
  if (std::system("caddy version >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "caddy is not installed: apt-get install caddy";
  }
  // What caddy.service has, asked for by a systemctl that is not there.
  class UnitTools final : public Tools {
   public:
    Result<ToolResult> run(const ToolRun& run, Progress& progress) override {
      if (run.words[0] != "systemctl") return host_.run(run, progress);
      return printed(
          "LoadState=loaded\nActiveState=active\nEnvironment=\"SAYS=https://else.lan\"\n");
    }

   private:
    HostTools host_;
  } tools;
  const std::string config = tree_.write("Caddyfile", ":8080 {\n\tredir {$SAYS}\n}\n");
  CaddyProgram caddy(tools, HostTree{tree_.path()}, 1000);
  const auto valid = caddy.validate(config, std::chrono::seconds(20), nobody_);
  EXPECT_TRUE(valid.has_value()) << valid.error().error.context;
  HostTools without;
  EXPECT_FALSE(CaddyProgram(without, HostTree{host_without_units_.path()}, 1000)
                   .validate(config, std::chrono::seconds(20), nobody_)
                   .has_value());
}

TEST_F(CaddySitesTest, TheRealCaddyRefusesABadSite) {
  if (std::system("caddy version >/dev/null 2>&1") != 0) {
    GTEST_SKIP() << "caddy is not installed: apt-get install caddy";
  }
  HostTools tools;
  const TempDir host;
  CaddyProgram caddy(tools, HostTree{host.path()}, 1000);
  const std::string config = host.write("Caddyfile", "import conf.d/*.caddy\n");
  host.write("conf.d/api.caddy", ":8080 {\n\treverse_proxy 127.0.0.1:9\n}\n");
  const auto good = caddy.validate(config, std::chrono::seconds(20), nobody_);
  EXPECT_TRUE(good.has_value()) << good.error().error.context;
  host.write("conf.d/api.caddy", ":8080 {\n\trevers_proxy 127.0.0.1:9\n}\n");
  const auto bad = caddy.validate(config, std::chrono::seconds(20), nobody_);
  ASSERT_FALSE(bad.has_value());
  EXPECT_THAT(bad.error().error.context, HasSubstr("revers_proxy"));
  EXPECT_THAT(bad.error().last_lines, ::testing::Not(IsEmpty()));
}

}  // namespace
}  // namespace gannet::agent
