#include "agent/system/watchdog_process.h"

#include <csignal>
#include <cstdint>
#include <sstream>
#include <string>

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/unit/agent_system/support.h"

namespace gannet::agent {
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
      note("stat", "cat /proc/$$/stat") +
      note("ignored", "sed -n 's/^SigIgn:[[:space:]]*//p' /proc/$$/status"));
  const UniqueFd leaky(::dup(STDOUT_FILENO));  // inherited by a child that takes no care
  ProcessWatchdog watchdog(program, "/state dir");
  const auto armed = watchdog.arm("t1", std::chrono::milliseconds(60'000));
  ASSERT_TRUE(armed.has_value()) << armed.error().context;
  // The script reports only after this note: arm() has waited for it.
  EXPECT_EQ(read_word(temp_.path("arguments")),
            "watchdog --state-dir /state dir --transaction t1 --deadline-ms 60000");
  EXPECT_EQ(noted("cwd"), "/");
  EXPECT_EQ(noted("open"), "none");
  // "pid (comm) state parent group session ...": another session, and not our child. Ours may be 0:
  // in a container whose first process came from outside of its pid namespace.
  const std::string stat = noted("stat");
  std::istringstream rest(stat.substr(stat.rfind(')') + 1));
  char state = 0;
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
  ASSERT_TRUE(rest >> state >> parent >> group >> session) << stat;
  EXPECT_NE(session, ::getsid(0)) << stat;
  EXPECT_GT(session, 0) << stat;
  if (::getpid() != 1) {  // pid 1 inherits every orphan
    EXPECT_NE(parent, ::getpid()) << stat;
  }
  const std::uint64_t ignored = std::stoull(noted("ignored"), nullptr, 16);
  EXPECT_NE(ignored & (1U << (SIGHUP - 1)), 0U) << "SIGHUP must be ignored: " << ignored;
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
  if (::getpid() == 1) GTEST_SKIP() << "as pid 1 this test is the parent of every orphan";
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

}  // namespace
}  // namespace gannet::agent
