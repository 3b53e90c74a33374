// Sites of a real Caddy: a bad one is refused, and the others never notice anything.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/system_fleet.h"

namespace gannet::test {
namespace {

/// Asks the other site of the host again and again, as a user would.
class Visitor {
 public:
  Visitor(const SystemFleet& fleet, const Machine& machine)
      : process_(
            fleet.in_network({"bash", "-c",
                              "while :; do curl -sf -o /dev/null -m 2 http://" + machine.address() +
                                  ":8081/ && echo ok || echo failed; done"}),
            {.environment = {}, .output_file = dir_ / "answers"}) {}

  [[nodiscard]] std::string answers() const { return read_file(dir_ / "answers"); }

 private:
  TempDir dir_;
  ChildProcess process_;
};

class Site : public SystemTest {
 protected:
  void prepare() override {
    host().write("/etc/caddy/Caddyfile",
                 "{\n\tadmin localhost:2019\n\tauto_https off\n}\nimport conf.d/*\n");
    host().write("/etc/caddy/conf.d/other.caddy", ":8081 {\n\trespond \"other\"\n}\n");
    host().sh("systemctl start caddy");
    wait_until("Caddy", [&] { return fleet().get(host(), "8081/") == "other"; });
  }

  void write_site(const std::string& text) {
    fleet().write("app.caddy", text);
    fleet().write_project(
        "strategy: { watchdog: 30s }\nservices:\n  app:\n"
        "    caddy: { site: app.caddy, host: app.lan }\n"
        "    health: { checks: [], stable_for: 200ms, timeout: 10s }\n");
  }

  [[nodiscard]] std::string page() const {
    return host().sh("curl -s -H 'Host: app.lan' http://127.0.0.1/");
  }
  [[nodiscard]] std::string reloads() const {
    return host().sh("journalctl -u caddy -o cat | grep -c '^Reloaded ' || true");
  }
};

TEST_F(Site, WithASyntaxErrorIsRefusedAndNobodyElseLosesARequest) {
  const Visitor visitor(fleet(), host());
  write_site("http://app.lan {\n\trespond \"one\"\n}\n");
  const Output first = fleet().json({"deploy", "-y", "--tag", "v1"});
  ASSERT_EQ(first.exit_code, 0) << first.all();
  ASSERT_EQ(page(), "one");
  const std::string reloaded = reloads();
  const auto files = host().tree("/etc/caddy");

  write_site("http://app.lan {\n\trespnd \"two\"\n}\n");
  const Output bad = fleet().json({"deploy", "-y", "--tag", "v2"});
  EXPECT_EQ(bad.exit_code, 3) << bad.all();
  EXPECT_THAT(bad.out, testing::HasSubstr("respnd")) << bad.all();
  EXPECT_EQ(page(), "one");
  EXPECT_EQ(reloads(), reloaded);
  EXPECT_EQ(host().tree("/etc/caddy"), files);

  write_site("http://app.lan {\n\trespond \"three\"\n}\n");
  const Output good = fleet().json({"deploy", "-y", "--tag", "v3"});
  EXPECT_EQ(good.exit_code, 0) << good.all();
  EXPECT_EQ(page(), "three");
  EXPECT_THAT(visitor.answers(), testing::HasSubstr("ok\nok\n"));
  EXPECT_THAT(visitor.answers(), testing::Not(testing::HasSubstr("failed")));
}

TEST_F(Site, WhoseBackendDoesNotAnswerGoesBackToTheOneBefore) {
  write_site("http://app.lan {\n\trespond \"one\"\n}\n");
  const Output first = fleet().json({"deploy", "-y", "--tag", "v1"});
  ASSERT_EQ(first.exit_code, 0) << first.all();

  write_site("http://app.lan {\n\treverse_proxy 127.0.0.1:9\n}\n");
  const Output run = fleet().json({"deploy", "-y", "--tag", "v2"});
  EXPECT_EQ(run.exit_code, 3) << run.all();
  EXPECT_THAT(reason(run, "h1"), testing::HasSubstr("502"));
  EXPECT_EQ(page(), "one");
}

TEST_F(Site, ThatReadsTheEnvironmentOfTheUnitIsValidatedWithIt) {
  host().write("/etc/caddy/app.env", "APP_SAYS='respond \"from the unit\"'\n");
  host().write("/etc/systemd/system/caddy.service.d/env.conf",
               "[Service]\nEnvironmentFile=/etc/caddy/app.env\n");
  host().sh("systemctl daemon-reload && systemctl restart caddy");
  write_site("http://app.lan {\n\t{$APP_SAYS}\n}\n");
  const Output run = fleet().json({"deploy", "-y", "--tag", "v1"});
  EXPECT_EQ(run.exit_code, 0) << run.all();
  EXPECT_EQ(page(), "from the unit");
}

TEST_F(Site, ForAnotherHostIsTakenBackThoughCaddyAnswers200) {
  write_site("http://ap.lan {\n\trespond \"one\"\n}\n");
  const Output run = fleet().json({"deploy", "-y", "--tag", "v1"});
  EXPECT_EQ(run.exit_code, 3) << run.all();
  EXPECT_THAT(reason(run, "h1"), testing::HasSubstr("no site of its Caddyfile is for app.lan"));
}

}  // namespace
}  // namespace gannet::test
