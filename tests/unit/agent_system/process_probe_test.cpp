#include <cstdlib>

#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "agent/probes/process_probes.h"
#include "tests/unit/agent_system/support.h"

namespace gannet::agent {
namespace {

using protocol::CheckKind;
using protocol::Severity;

TEST(ProcessProbe, FindsANameOrAPathOnTheRecordedPi) {
  const auto by_name = probe(make_check(CheckKind::kProcess, "nginx"), pi4());
  EXPECT_EQ(by_name.message, "nginx runs (pid 1340)");
  EXPECT_EQ(value_of(by_name, "pid"), "1340");
  const auto by_path = probe(make_check(CheckKind::kProcess, "/usr/sbin/nginx"), pi4());
  EXPECT_EQ(by_path.severity, Severity::kPass);
}

TEST(ProcessProbe, DoesNotCountZombies) {
  const auto finding = probe(make_check(CheckKind::kProcess, "oldjob"), pi4());
  EXPECT_EQ(finding.severity, Severity::kFail);
  EXPECT_EQ(finding.message, "no process oldjob runs");
}

TEST(ProcessProbe, ComparesLongNamesAsTheKernelCutsThem) {
  const TempDir tree;
  tree.write("proc/7/comm", "unattended-upgr\n");
  tree.write("proc/7/stat", "7 (unattended-upgr) S 1 7 7 0\n");
  EXPECT_EQ(probe(make_check(CheckKind::kProcess, "unattended-upgrades"), {tree.path()}).severity,
            Severity::kPass);
}

TEST(ProcessProbe, FindsAProgramWhoseFileWasReplaced) {
  const TempDir tree;
  tree.write("proc/7/comm", "app\n");
  ASSERT_EQ(::symlink("/opt/app (deleted)", tree.path("proc/7/exe").c_str()), 0);
  EXPECT_EQ(probe(make_check(CheckKind::kProcess, "/opt/app"), {tree.path()}).severity,
            Severity::kPass);
}

TEST(ProcessProbe, FindsThisVeryProcess) {
  const std::string program = read_link("/proc/self/exe");
  EXPECT_EQ(probe(make_check(CheckKind::kProcess, program)).severity, Severity::kPass);
}

TEST(CommandProbe, JudgesTheExitCode) {
  EXPECT_EQ(probe(make_check(CheckKind::kCommand, "true")).message, "the command exited with 0");
  const auto finding = probe(make_check(CheckKind::kCommand, "echo out; echo why >&2; exit 3"));
  EXPECT_EQ(finding.severity, Severity::kFail);
  EXPECT_EQ(finding.message, "the command exited with 3, wanted: 0: why");
  EXPECT_EQ(value_of(finding, "exit_code"), "3");
  protocol::Check check = make_check(CheckKind::kCommand, "exit 3");
  check.expect = 3;
  EXPECT_EQ(probe(check).severity, Severity::kPass);
}

TEST(CommandProbe, EndsAtItsTimeout) {
  protocol::Check check = make_check(CheckKind::kCommand, "sleep 300");
  check.timeout_ms = 100;
  EXPECT_EQ(probe(check).message, "the command did not finish within 100ms");
}

TEST(CommandProbe, EndsWhenAskedTo) {
  StopAfter stop(2);
  const HostTree tree;
  const auto finding = run_check(make_check(CheckKind::kCommand, "sleep 300"),
                                 ProbeContext{tree, stop, std::nullopt});
  EXPECT_EQ(finding.message, "the command was cancelled");
}

/// A systemctl that prints what the test wants, found first in PATH.
class UnitProbeTest : public ::testing::Test {
 protected:
  UnitProbeTest() : path_(std::getenv("PATH")) {
    ::setenv("PATH", (temp_.path("bin") + ":" + path_).c_str(), 1);
  }
  ~UnitProbeTest() override { ::setenv("PATH", path_.c_str(), 1); }

  protocol::Finding ask(const std::string& script) {
    const std::string program = temp_.write("bin/systemctl", "#!/bin/sh\n" + script + "\n");
    ::chmod(program.c_str(), 0755);
    protocol::Check check = make_check(CheckKind::kUnit, "web app.service");
    check.timeout_ms = 10'000;
    return probe(check, pi4());
  }

  TempDir temp_;
  std::string path_;
};

TEST_F(UnitProbeTest, PassesWhenTheUnitIsActive) {
  const auto finding =
      ask("echo \"$*\" > " + temp_.path("asked") +
          "; printf 'LoadState=loaded\\nActiveState=active\\nSubState=running\\nResult=success\\n"
          "MainPID=812\\nNRestarts=4\\n'");
  EXPECT_EQ(finding.severity, Severity::kPass);
  EXPECT_EQ(finding.message, "web app.service is active (running)");
  EXPECT_EQ(value_of(finding, "pid"), "812");
  EXPECT_EQ(value_of(finding, "restarts"), "4");
  EXPECT_EQ(read_word(temp_.path("asked")),
            "show --no-pager -p LoadState -p ActiveState -p SubState -p Result -p MainPID "
            "-p NRestarts -- web app.service");
}

TEST_F(UnitProbeTest, FailsWhenItIsNotAndNamesTheResult) {
  const auto finding =
      ask("printf 'LoadState=loaded\\nActiveState=failed\\nSubState=failed\\nResult=exit-code\\n'");
  EXPECT_EQ(finding.severity, Severity::kFail);
  EXPECT_EQ(finding.message, "web app.service is failed (failed), result: exit-code");
  EXPECT_EQ(finding.hint, "see why: journalctl -n 50 -u 'web app.service'");
}

TEST_F(UnitProbeTest, FailsWhenTheUnitDoesNotExist) {
  const auto finding =
      ask("printf 'LoadState=not-found\\nActiveState=inactive\\nSubState=dead\\n'");
  EXPECT_EQ(finding.message, "web app.service does not exist on this host");
}

TEST_F(UnitProbeTest, PassesOnWhatSystemctlSays) {
  EXPECT_EQ(ask("echo 'Failed to connect to bus' >&2; exit 1").message,
            "systemctl did not tell the state of web app.service: Failed to connect to bus");
}

TEST(UnitProbe, SaysWhenThereIsNoSystemd) {
  const TempDir tree;
  tree.write("proc/1/comm", "runit\n");
  const auto finding = probe(make_check(CheckKind::kUnit, "web.service"), {tree.path()});
  EXPECT_EQ(finding.severity, Severity::kFail);
  EXPECT_EQ(finding.message,
            "web.service cannot be asked for: this host does not run systemd (process 1 is runit)");
}

}  // namespace
}  // namespace gannet::agent
