#include "agent/system/watchdog_process.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/unit/agent_system/support.h"

namespace gannet::agent::testing {
namespace {

using std::chrono::seconds;

/// A stand-in for the program: a shell script that notes how it was started.
class WatchdogProcessTest : public ::testing::Test {
 protected:
  std::string script(const std::string& body) {
    const std::string path = temp_.write("program", "#!/bin/sh\n" + body + "\n");
    ::chmod(path.c_str(), 0755);
    return path;
  }
  [[nodiscard]] std::string noted(const std::string& name) {
    const std::string path = temp_.path(name);
    EXPECT_TRUE(eventually([&] { return !read_word(path).empty(); })) << name;
    return read_word(path);
  }
  /// Shell text that puts the output of `command` into file `name` in one step.
  std::string note(const std::string& name, const std::string& command) {
    const std::string path = temp_.path(name);
    return command + " > " + path + ".new; mv " + path + ".new " + path + "\n";
  }

  TempDir temp_;
};

TEST_F(WatchdogProcessTest, StartsADetachedProcessAndReturnsWhenItWatches) {
  const std::string program = script(
      note("arguments", "echo \"$*\"") + "printf R >&3; exec 3>&-\n" + note("cwd", "pwd") +
      note(
          "open",
          "{ echo none; for fd in 3 4 5 6 7 8 9; do test -e /proc/$$/fd/$fd && echo $fd; done; }") +
      note("stat", "cat /proc/$$/stat") + note("ignored", "grep SigIgn /proc/$$/status"));
  const UniqueFd leaky(::dup(STDOUT_FILENO));  // inherited by a child that takes no care
  ProcessWatchdog watchdog(program, "/state dir");
  const auto armed = watchdog.arm("t1", std::chrono::milliseconds(60'000));
  ASSERT_TRUE(armed.has_value()) << armed.error().context;
  // The script reports only after this note: arm() has waited for it.
  EXPECT_EQ(read_word(temp_.path("arguments")),
            "watchdog --state-dir /state dir --transaction t1 --deadline-ms 60000");
  EXPECT_EQ(noted("cwd"), "/");
  EXPECT_EQ(noted("open"), "none");
  // "pid (comm) state parent group session": another session, and not our child.
  const std::string stat = noted("stat");
  const std::string rest = stat.substr(stat.rfind(')') + 4);
  const std::string parent = rest.substr(0, rest.find(' '));
  EXPECT_NE(parent, std::to_string(::getpid()));
  EXPECT_EQ(rest.find(" " + std::to_string(::getsid(0)) + " "), std::string::npos);
  const std::string ignored = noted("ignored");
  EXPECT_EQ(ignored.back() & 1, '1' & 1) << "SIGHUP must be ignored: " << ignored;
}

TEST_F(WatchdogProcessTest, FailsWhenTheProcessEndsBeforeItWatches) {
  ProcessWatchdog watchdog(script("exit 1"), "/state");
  const auto armed = watchdog.arm("t1", seconds(60));
  ASSERT_FALSE(armed.has_value());
  EXPECT_EQ(armed.error().code, Code::kRemoteIo);
  EXPECT_EQ(armed.error().context, "start the watchdog: it ended before it watched");
}

TEST_F(WatchdogProcessTest, FailsWhenThereIsNoSuchProgram) {
  ProcessWatchdog watchdog(temp_.path("missing"), "/state");
  EXPECT_FALSE(watchdog.arm("t1", seconds(60)).has_value());
}

TEST_F(WatchdogProcessTest, LeavesNoZombieBehind) {
  ProcessWatchdog watchdog(script("printf R >&3"), "/state");
  ASSERT_TRUE(watchdog.arm("t1", seconds(60)).has_value());
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

}  // namespace
}  // namespace gannet::agent::testing
