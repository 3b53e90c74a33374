// The gate of a site: what the real Caddy serves, beside what its files say.
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/services/caddy_sites.h"
#include "agent/system/spawn.h"
#include "tests/unit/agent_system/support.h"

namespace gannet::agent {
namespace {

using protocol::Severity;
using testing::HasSubstr;

/// One that nobody listens on.
std::uint16_t unused_port() {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* bytes = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(::bind(fd.get(), bytes, size), 0);
  EXPECT_EQ(::getsockname(fd.get(), bytes, &size), 0);
  return ntohs(address.sin_port);
}

/// A Caddy of its own folder, with its admin endpoint at a socket there.
class RunningCaddyTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("caddy version >/dev/null 2>&1") != 0) {
      GTEST_SKIP() << "caddy is not installed: apt-get install caddy";
    }
    write_config("admin unix/" + host_.path("admin.sock"));
    write_site("one");
    protocol::CaddySpec site;
    site.config = config_;
    site.site = host_.path("conf.d/app.caddy");
    site.probe_host = "app.lan";
    site.probe_port = port_;
    release_.service = "app";
    release_.sites = {site};
    auto spawned = spawn_shell("exec caddy run --adapter caddyfile --config " + config_ + " >" +
                                   host_.path("log") + " 2>&1",
                               {{"HOME", host_.path()}}, false);
    ASSERT_TRUE(spawned.has_value());
    caddy_ = spawned->pid;
    for (int i = 0; i < 200 && health().severity != Severity::kPass; ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
    ASSERT_EQ(health().severity, Severity::kPass) << health().message;
  }

  void TearDown() override {
    if (caddy_ <= 0) return;
    ::kill(caddy_, SIGKILL);
    ::waitpid(caddy_, nullptr, 0);
  }

  void write_config(const std::string& option) {
    config_ =
        host_.write("Caddyfile", "{\n\t" + option + "\n\tauto_https off\n}\nimport conf.d/*\n");
  }
  void write_site(const std::string& body, const std::string& name = "app.lan") {
    host_.write("conf.d/app.caddy", "http://" + name + ":" + std::to_string(port_) +
                                        " {\n\trespond \"" + body + "\"\n}\n");
  }
  protocol::Finding health() {
    const auto findings = sites_.health(release_, {}, {}, nobody_);
    return findings.empty() ? protocol::Finding{} : findings[0];
  }
  void reload() {
    HostTools tools;
    CaddyProgram caddy(tools, HostTree{}, 1000);
    const auto done = caddy.reload(config_, std::chrono::seconds(20), nobody_);
    ASSERT_TRUE(done.has_value()) << done.error().error.context;
  }

  TempDir host_;
  std::string config_;
  HostTools tools_;
  NoProgress nobody_;
  protocol::Release release_;
  CaddySites sites_{tools_, HostTree{}, 1000};
  pid_t caddy_ = -1;
  std::uint16_t port_ = unused_port();
};

TEST_F(RunningCaddyTest, AFileThatWasNeverLoadedFailsTheGate) {
  write_site("two");
  const auto finding = health();
  EXPECT_EQ(finding.severity, Severity::kFail);
  EXPECT_THAT(finding.message, HasSubstr("another configuration of app.lan"));
  reload();
  EXPECT_EQ(health().severity, Severity::kPass) << health().message;
}

TEST_F(RunningCaddyTest, AHostThatNoSiteIsForFailsThoughCaddyAnswers) {
  release_.sites[0].probe_host = "typo.lan";
  const auto finding = health();
  EXPECT_EQ(finding.severity, Severity::kFail);
  EXPECT_THAT(finding.message, HasSubstr("no site of its Caddyfile is for typo.lan"));
}

TEST_F(RunningCaddyTest, WithoutAnAdminEndpointItIsSaidAndPasses) {
  write_config("admin off");
  const auto finding = health();
  EXPECT_EQ(finding.severity, Severity::kPass);
  EXPECT_THAT(finding.message, HasSubstr("its admin endpoint is off"));
}

TEST_F(RunningCaddyTest, FilesThatAreNoneAreTold) {
  host_.write("conf.d/app.caddy", "http://app.lan {\n\trespnd\n}\n");
  const auto finding = health();
  EXPECT_EQ(finding.severity, Severity::kFail);
  EXPECT_THAT(finding.message, HasSubstr("respnd"));
}

}  // namespace
}  // namespace gannet::agent
