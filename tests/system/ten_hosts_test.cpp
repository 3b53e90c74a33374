// One deployment, ten machines, five of them with troubles of their own.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/image_archive.h"
#include "tests/system/system_fleet.h"

namespace gannet::test {
namespace {

using testing::AnyOf;
using testing::HasSubstr;

constexpr const char* kYearInMilliseconds = "31536000000";

class TenHosts : public SystemTest {
 protected:
  enum Trouble : std::size_t { kOff, kFrozen, kReboots, kNoDocker, kWrongYear, kFirstWell };

  [[nodiscard]] std::vector<MachineOptions> wanted() const override {
    std::vector<MachineOptions> machines(10);
    machines[kNoDocker].docker = true;
    machines[kFirstWell].docker = true;
    return machines;
  }

  void prepare() override {
    fleet().start_registry();
    const TempDir dir;
    const std::string name = std::string(kRegistry) + "/web:v1";
    write_image_archive(dir / "web.tar", web_image(name, "one"));
    fleet().push(dir / "web.tar", "web:v1");
    fleet().write_project(
        "strategy: { watchdog: 20s, max_failures: 1, on_failure: continue }\n"
        "services:\n"
        "  app:\n"
        "    files: [ { content: \"new\\n\", dest: /srv/app/app.conf } ]\n"
        "    health: { checks: [ { file: /srv/app/app.conf } ], stable_for: 100ms }\n"
        "  web:\n"
        "    on: " +
        host(kNoDocker).name() + "|" + host(kFirstWell).name() + "\n    compose: { image: \"" +
        name +
        "\", ports: [\"8080:8080\"] }\n"
        "    health: { checks: [], stable_for: 500ms }\n");
    make_trouble();
  }

  void make_trouble() const {
    host(kOff).order("crash");
    // What sshd runs when somebody has logged in; the machine is frozen as soon as it did.
    host(kFrozen).write("/etc/ssh/sshrc", "touch /srv/logged-in\nsleep 60\n");
    // Long on its way up: the machine answers, its sshd does not yet.
    host(kReboots).write("/etc/systemd/system/ssh.service.d/slow.conf",
                         "[Service]\nExecStartPre=/bin/sleep 40\n");
    const std::string init = host(kReboots).init();
    host(kReboots).sh("systemctl reboot");
    wait_until(
        "the reboot",
        [&] { return !host(kReboots).init().empty() && host(kReboots).init() != init; },
        std::chrono::seconds(30));
    host(kNoDocker).sh("systemctl stop docker.socket docker.service");
    host(kWrongYear)
        .set_session_environment({{"GANNET_TEST_CLOCK_OFFSET_MS", kYearInMilliseconds}});
  }

  void end_trouble() const {
    host(kOff).order("start");
    fleet().order("resume", {host(kFrozen).name()});
    host(kFrozen).sh("rm /etc/ssh/sshrc");
    host(kReboots).order("wait");
    host(kNoDocker).sh("systemctl start docker.service");
    host(kWrongYear).set_session_environment({});
  }

  void expect_reason(const Output& run, Trouble which, const std::string& ended,
                     const testing::Matcher<std::string>& why) const {
    EXPECT_EQ(outcome(run, host(which).name()), ended) << reason(run, host(which).name());
    EXPECT_THAT(reason(run, host(which).name()), why);
    EXPECT_FALSE(host(which).has("/srv/app/app.conf")) << host(which).name();
  }
};

TEST_F(TenHosts, FiveGetTheReleaseAndFiveSayExactlyWhyNot) {
  const auto gannet =
      fleet().start({"-o", "json", "deploy", "-y", "--tag", "v1", "--timeout", "4s"});
  wait_until(
      "the login", [&] { return host(kFrozen).has("/srv/logged-in"); }, std::chrono::seconds(30));
  host(kFrozen).order("pause");
  const Output run = gannet->wait();

  EXPECT_EQ(run.exit_code, 4) << run.all();  // nobody failed, and no budget was spent
  for (std::size_t i = kFirstWell; i < 10; ++i) {
    EXPECT_EQ(outcome(run, host(i).name()), "deployed") << reason(run, host(i).name());
    EXPECT_EQ(host(i).read("/srv/app/app.conf"), "new\n");
  }
  EXPECT_EQ(fleet().get(host(kFirstWell), "8080/"), "one\n");
  expect_reason(run, kOff, "unreachable",
                AnyOf(HasSubstr("No route to host"), HasSubstr("no answer within")));
  expect_reason(run, kFrozen, "unreachable", HasSubstr("no agent answered within"));
  expect_reason(run, kReboots, "unreachable", HasSubstr("Connection refused"));
  expect_reason(run, kNoDocker, "skipped", HasSubstr("systemctl start docker"));
  expect_reason(run, kWrongYear, "skipped", HasSubstr("clock"));

  end_trouble();
  const Output rest = fleet().json({"deploy", "-y", "--pending"});
  EXPECT_EQ(rest.exit_code, 0) << rest.all();
  for (const Machine& machine : fleet().machines()) {
    EXPECT_EQ(machine.read("/srv/app/app.conf"), "new\n") << machine.name();
  }
  EXPECT_EQ(fleet().get(host(kNoDocker), "8080/"), "one\n");
}

}  // namespace
}  // namespace gannet::test
