#include "agent/system/boot_unit.h"

#include <array>
#include <cstdlib>
#include <cstring>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/system/notify.h"
#include "agent/system/watchdog_process.h"
#include "tests/unit/agent_system/support.h"

namespace gannet::agent {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// A host with systemd's folders, and a systemd-run that notes what it is asked for.
class BootUnitTest : public ::testing::Test {
 protected:
  BootUnitTest() {
    host_.write("run/systemd/system/x", "");
    host_.write("etc/systemd/system/x.service", "");
    const char* path = std::getenv("PATH");
    old_path_ = path == nullptr ? "" : path;
    ::setenv("PATH", (host_.path("bin") + ":" + old_path_).c_str(), 1);
    systemd_run("exit 0");
  }
  ~BootUnitTest() override { ::setenv("PATH", old_path_.c_str(), 1); }
  BootUnitTest(const BootUnitTest&) = delete;
  BootUnitTest& operator=(const BootUnitTest&) = delete;

  void systemd_run(const std::string& body) {
    script("bin/systemd-run", "echo \"$*\" > " + host_.path("asked") + "\n" + body);
  }
  std::string script(const std::string& name, const std::string& body) {
    const std::string path = host_.write(name, "#!/bin/sh\n" + body + "\n");
    ::chmod(path.c_str(), 0755);
    return path;
  }
  [[nodiscard]] HostTree tree() const { return {host_.path()}; }
  [[nodiscard]] std::string unit(const std::string& name = "gannet-recover.service") const {
    return read_word(host_.path("etc/systemd/system/" + name));
  }
  [[nodiscard]] std::string link(const std::string& name = "gannet-recover.service") const {
    return read_link(host_.path("etc/systemd/system/multi-user.target.wants/" + name));
  }

  TempDir host_;
  std::string old_path_;
};

TEST_F(BootUnitTest, RunsTheAgentOfTheLastDeploymentAtBoot) {
  const BootUnit boot(tree(), "/var/lib/gannet");
  ASSERT_TRUE(boot.install("/var/lib/gannet/bin/agent-1").has_value());
  EXPECT_THAT(unit(), HasSubstr("ExecStart=\"/var/lib/gannet/bin/agent-1\" recover --state-dir "
                                "\"/var/lib/gannet\"\n"));
  EXPECT_THAT(unit(), HasSubstr("ConditionDirectoryNotEmpty=/var/lib/gannet/journal\n"));
  EXPECT_EQ(link(), "../gannet-recover.service");
  ASSERT_TRUE(boot.install("/var/lib/gannet/bin/agent-2").has_value());
  EXPECT_THAT(unit(), HasSubstr("agent-2"));
  EXPECT_EQ(link(), "../gannet-recover.service");
  const auto removed = boot.remove();
  ASSERT_TRUE(removed.has_value());
  EXPECT_EQ(removed->size(), 2U);
  EXPECT_EQ(unit(), "");
  EXPECT_EQ(link(), "");
  EXPECT_THAT(*boot.remove(), IsEmpty());
}

TEST_F(BootUnitTest, AnotherStateDirectoryHasItsOwn) {
  const BootUnit boot(tree(), "/srv/my \"100%\" state");
  ASSERT_TRUE(boot.install("/srv/agent").has_value());
  EXPECT_EQ(unit(), "");
  EXPECT_THAT(boot.name(), ::testing::MatchesRegex("gannet-recover-[0-9a-f]+\\.service"));
  EXPECT_THAT(unit(boot.name()), HasSubstr("--state-dir \"/srv/my \\\"100%%\\\" state\"\n"));
}

TEST_F(BootUnitTest, SystemdGetsTheWatchdogOfRoot) {
  const std::string program = script("agent", "exit 7");
  ProcessWatchdog watchdog(program, "/state dir", {tree(), true});
  const auto armed = watchdog.arm("t1", std::chrono::milliseconds(60'000));
  ASSERT_TRUE(armed.has_value()) << armed.error().context;
  const std::string asked = read_word(host_.path("asked"));
  EXPECT_THAT(asked, HasSubstr("--unit=gannet-watchdog-t1 -- " + program +
                               " watchdog --state-dir /state dir --transaction t1 "
                               "--deadline-ms 60000"));
  EXPECT_THAT(asked, HasSubstr("--service-type=notify"));
  EXPECT_THAT(unit(BootUnit(tree(), "/state dir").name()), HasSubstr(program));
  const auto forgotten = watchdog.forget();
  ASSERT_TRUE(forgotten.has_value());
  EXPECT_EQ(forgotten->size(), 2U);
}

TEST_F(BootUnitTest, AProcessWatchesWhereSystemdWillNot) {
  systemd_run("exit 1");
  const std::string program =
      script("agent", "printf R >&3; exec 3>&-; echo yes > " + host_.path("watching"));
  ProcessWatchdog watchdog(program, "/state", {tree(), true});
  ASSERT_TRUE(watchdog.arm("t1", std::chrono::seconds(60)).has_value());
  EXPECT_TRUE(eventually([&] { return read_word(host_.path("watching")) == "yes"; }));
}

TEST_F(BootUnitTest, OthersThanRootAskNothingOfSystemd) {
  const std::string program = script("agent", "printf R >&3");
  ProcessWatchdog watchdog(program, "/state", {tree(), false});
  ASSERT_TRUE(watchdog.arm("t1", std::chrono::seconds(60)).has_value());
  EXPECT_EQ(read_word(host_.path("asked")), "");
  EXPECT_EQ(link(BootUnit(tree(), "/state").name()), "");
}

TEST_F(BootUnitTest, SystemdIsToldThatItWatches) {
  const std::string path = host_.path("notify");
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof address.sun_path);
  std::memcpy(static_cast<char*>(address.sun_path), path.data(), path.size());
  const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  ASSERT_EQ(::bind(socket.get(), generic, sizeof address), 0);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  report_ready();
  EXPECT_EQ(std::getenv("NOTIFY_SOCKET"), nullptr);
  std::array<char, 64> text{};
  const ssize_t got = ::recv(socket.get(), text.data(), text.size(), MSG_DONTWAIT);
  ASSERT_GT(got, 0);
  EXPECT_EQ(std::string(text.data(), static_cast<std::size_t>(got)), "READY=1");
  EXPECT_FALSE(notify_ready(host_.path("nobody")));
}

}  // namespace
}  // namespace gannet::agent
