// A host that restarts inside a release, as far as that can be had without a machine of its own:
// sessions see another boot id, and what restarts the host only writes a new one.
#include <algorithm>
#include <filesystem>
#include <string>

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/projects.h"
#include "tests/support/fleet.h"

namespace gannet::test {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

class PlannedRestart : public testing::Test {
 protected:
  PlannedRestart() : fleet_({.hosts = 1, .session_scripts = true}) {
    const std::string dir = host().dir;
    write_file(host().dir / "boot_id", "boot-1\n");
    write_file(host().dir / "restarts", "");
    restart_with("(sleep 1; echo boot-2 > " + dir + "/boot_id) > /dev/null 2>&1 &");
  }

  FleetHost& host() { return fleet_.host(0); }

  /// What happens when the agent restarts "the host".
  void restart_with(const std::string& code) {
    write_file(
        host().dir / "restart",
        "#!/bin/sh\necho \"$@\" >> " + (host().dir / "restarts").string() + "\n" + code + "\n",
        0755);
  }

  /// Sessions from now on: a boot id that can be changed, a wish to be restarted, and no way to
  /// restart the machine that the test runs on. False where this machine does not allow that.
  bool enter_sessions() {
    const std::string dir = host().dir;
    const std::string mounts =
        "mount --bind " + dir +
        "/boot_id /proc/sys/kernel/random/boot_id"
        " && for p in systemctl reboot; do q=$(command -v $p) && { mount --bind " +
        dir +
        "/restart $(readlink -f $q) || exit 9; }; done; mount -t tmpfs tmpfs /run"
        " && touch /run/reboot-required && echo linux-image-9 > /run/reboot-required.pkgs";
    const std::string unshare = ::getuid() == 0 ? "unshare -m" : "unshare -rm";
    try {
      run_command({"sh", "-c", unshare + " sh -c '" + mounts + "'"});
    } catch (const std::runtime_error&) {
      return false;
    }
    // A folder in front of PATH for machines that have neither program.
    fs::create_directories(host().dir / "bin");
    fs::copy_file(host().dir / "restart", host().dir / "bin/reboot",
                  fs::copy_options::overwrite_existing);
    host().set_session_script("export PATH=" + dir + "/bin:$PATH; exec " + unshare + " sh -c '" +
                              mounts + " && eval \"$SSH_ORIGINAL_COMMAND\"'");
    return true;
  }

  void write_version(const std::string& version, const std::string& more = "") {
    fleet_.write_project("strategy: { watchdog: 20s }\n" +
                         web_service(version, "    reboot: when-needed\n" + more));
  }
  int restarts() {
    const std::string log = read_file(host().dir / "restarts");
    return static_cast<int>(std::count(log.begin(), log.end(), '\n'));
  }

  Fleet fleet_;
};

TEST_F(PlannedRestart, IsPartOfTheRelease) {
  if (!enter_sessions()) GTEST_SKIP() << "no mount namespaces here: no restart can be played";
  write_version("one");

  const Output run = fleet_.run({"deploy", "-y", "-v"});

  EXPECT_EQ(run.exit_code, 0) << run.all();
  EXPECT_EQ(restarts(), 1);
  EXPECT_EQ(host().read("etc/app.conf"), "one\n");
  EXPECT_THAT(host().journal(), testing::IsEmpty());
  EXPECT_THAT(run.all(), AllOf(HasSubstr("restarted for linux-image-9"),
                               HasSubstr("it restores itself at "), HasSubstr("h1: deployed")));
}

TEST_F(PlannedRestart, ThatIsNotAllowedPutsTheReleaseBack) {
  restart_with("echo no rights >&2; exit 1");
  if (!enter_sessions()) GTEST_SKIP() << "no mount namespaces here: no restart can be played";
  write_version("one");

  const Output run = fleet_.json({"deploy", "-y"});

  EXPECT_EQ(run.exit_code, 3) << run.all();
  EXPECT_THAT(reason(run, "h1"), AllOf(HasSubstr("restart the host: exit code 1\n  no rights"),
                                       HasSubstr("become: sudo")));
  EXPECT_THAT(host().tree(), testing::IsEmpty());
}

TEST_F(PlannedRestart, IsPutBackWhenUnhealthyAfterwards) {
  if (!enter_sessions()) GTEST_SKIP() << "no mount namespaces here: no restart can be played";
  write_version("one");
  std::string yaml = read_file(fleet_.project_dir() / "gannet.yaml");
  const std::string passes = "file: \"{{var.root}}/etc/app.conf\" }";
  yaml.replace(yaml.find(passes), passes.size(),
               "command: \"grep -q boot-1 " + (host().dir / "boot_id").string() + "\" }");
  yaml.replace(yaml.find("timeout: 10s"), 12, "timeout: 1s");
  fleet_.write("gannet.yaml", yaml);

  const Output run = fleet_.json({"deploy", "-y"});

  EXPECT_EQ(run.exit_code, 3) << run.all();
  EXPECT_EQ(outcome(run, "h1"), "rolled-back");
  EXPECT_EQ(restarts(), 1);
  EXPECT_THAT(host().tree(), testing::IsEmpty());
}

}  // namespace
}  // namespace gannet::test
