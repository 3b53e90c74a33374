#include "agent/system/process.h"

#include <csignal>

#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/text.h"
#include "tests/unit/agent_system/support.h"

namespace gannet::agent {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

/// Collects output; feeds `input`; asks for a stop when `stop_when` says so.
class RecordingIo final : public CommandIo {
 public:
  void output(OutputStream stream, std::string_view data) override {
    (stream == OutputStream::kStdout ? out : err).append(data);
  }
  [[nodiscard]] bool stop_requested() override { return stop_when && stop_when(*this); }
  [[nodiscard]] bool read_input(std::string& pending) override {
    pending.append(input);
    input.clear();
    return false;
  }

  std::string out;
  std::string err;
  std::string input;
  std::function<bool(const RecordingIo&)> stop_when;
};

class ProcessTest : public ::testing::Test {
 protected:
  CommandEnd run(const std::string& command, milliseconds timeout = seconds(60)) {
    spec_.command = command;
    spec_.timeout = timeout;
    begin_ = std::chrono::steady_clock::now();
    const auto end = run_command(spec_, io_);
    EXPECT_TRUE(end.has_value());
    return end.value_or(CommandEnd{});
  }
  [[nodiscard]] SteadyTime::duration elapsed() const {
    return std::chrono::steady_clock::now() - begin_;
  }
  /// True when process `pid` is gone or a zombie of somebody else.
  static bool is_dead(const std::string& pid) {
    const std::string stat = read_word("/proc/" + pid + "/stat");
    return stat.empty() || stat.find(") Z") != std::string::npos;
  }

  CommandSpec spec_;
  RecordingIo io_;
  SteadyTime begin_;
};

TEST_F(ProcessTest, TellsOutputErrorsAndExitCode) {
  const CommandEnd end = run("echo out; echo err >&2; exit 3");
  EXPECT_EQ(io_.out, "out\n");
  EXPECT_EQ(io_.err, "err\n");
  EXPECT_EQ(end.exit_code, 3);
  EXPECT_EQ(end.signal, 0);
  EXPECT_FALSE(end.timed_out);
  EXPECT_FALSE(end.stopped);
}

TEST_F(ProcessTest, TellsTheSignalThatKilledIt) {
  const CommandEnd end = run("kill -SEGV $$");
  EXPECT_EQ(end.signal, SIGSEGV);
  EXPECT_EQ(end.exit_code, 128 + SIGSEGV);
}

TEST_F(ProcessTest, AnUnknownCommandIsTheShellsError) {
  const CommandEnd end = run("no-such-command-anywhere");
  EXPECT_EQ(end.exit_code, 127);
  EXPECT_NE(io_.err.find("not found"), std::string::npos);
}

TEST_F(ProcessTest, EndsTheWholeGroupAtTheDeadline) {
  const TempDir temp;
  const CommandEnd end =
      run("sleep 300 & echo $! > " + temp.path("pid") + "; wait", milliseconds(300));
  EXPECT_TRUE(end.timed_out);
  EXPECT_EQ(end.signal, SIGTERM);
  EXPECT_LT(elapsed(), seconds(30));
  EXPECT_TRUE(eventually([&] { return is_dead(read_word(temp.path("pid"))); }));
}

TEST_F(ProcessTest, KillsWhatIgnoresTheRequestToEnd) {
  const CommandEnd end = run("trap '' TERM; while :; do sleep 0.05; done", milliseconds(100));
  EXPECT_TRUE(end.timed_out);
  EXPECT_EQ(end.signal, SIGKILL);
  EXPECT_EQ(end.exit_code, 137);
  EXPECT_GE(elapsed(), milliseconds(2'000));
  EXPECT_LT(elapsed(), seconds(30));
}

TEST_F(ProcessTest, EndsWhenAskedTo) {
  io_.stop_when = [](const RecordingIo& io) { return !io.out.empty(); };
  const CommandEnd end = run("echo begun; sleep 300");
  EXPECT_TRUE(end.stopped);
  EXPECT_FALSE(end.timed_out);
  EXPECT_EQ(end.signal, SIGTERM);
}

TEST_F(ProcessTest, DoesNotWaitForAChildThatKeepsThePipeOpen) {
  const TempDir temp;
  const CommandEnd end =
      run("(echo $$ > /dev/null; exec sleep 300) & echo $! > " + temp.path("pid") + "; echo done");
  EXPECT_EQ(end.exit_code, 0);
  EXPECT_EQ(io_.out, "done\n");
  EXPECT_GE(elapsed(), milliseconds(500));
  EXPECT_LT(elapsed(), seconds(30));
  const std::string pid = read_word(temp.path("pid"));
  EXPECT_FALSE(is_dead(pid)) << "a service that was started must live on";
  ::kill(static_cast<pid_t>(*parse_unsigned(pid)), SIGKILL);
}

TEST_F(ProcessTest, PassesBigOutputWhole) {
  run("head -c 5000000 /dev/zero");
  EXPECT_EQ(io_.out.size(), 5'000'000U);
}

TEST_F(ProcessTest, CountsOutputOverTheLimit) {
  spec_.max_output = 100'000;
  const CommandEnd end = run("head -c 300000 /dev/zero; head -c 50000 /dev/zero >&2");
  EXPECT_EQ(io_.out.size() + io_.err.size(), 100'000U);
  EXPECT_EQ(end.dropped_bytes, 250'000U);
}

TEST_F(ProcessTest, FeedsStdinAndClosesIt) {
  spec_.with_stdin = true;
  io_.input = std::string(1'000'000, 'x');
  run("wc -c");
  EXPECT_EQ(io_.out, "1000000\n");
}

TEST_F(ProcessTest, SurvivesACommandThatDoesNotReadItsStdin) {
  std::signal(SIGPIPE, SIG_IGN);
  spec_.with_stdin = true;
  io_.input = std::string(1'000'000, 'x');
  EXPECT_EQ(run("exec <&-; sleep 0.1; echo fine").exit_code, 0);
  EXPECT_EQ(io_.out, "fine\n");
}

TEST_F(ProcessTest, StdinIsEmptyOtherwise) {
  EXPECT_EQ(run("cat; echo end").exit_code, 0);
  EXPECT_EQ(io_.out, "end\n");
}

TEST_F(ProcessTest, TheCommandInheritsNoDescriptorAndLeavesNone) {
  const Pipe ours = std::move(*make_pipe());
  const UniqueFd leaky(::dup(ours.read.get()));  // without close-on-exec
  const auto before = list_directory("/proc/self/fd").size();
  run("ls /proc/$$/fd");
  EXPECT_EQ(io_.out, "0\n1\n2\n");
  EXPECT_EQ(list_directory("/proc/self/fd").size(), before);
}

TEST_F(ProcessTest, TheCommandLeadsASessionWithDefaultSignals) {
  std::signal(SIGPIPE, SIG_IGN);
  run("set -- $(cat /proc/$$/stat); echo $5 $6 $$; grep SigIgn /proc/$$/status");
  const std::size_t newline = io_.out.find('\n');
  const std::string ids = io_.out.substr(0, newline);
  const std::string pid = ids.substr(ids.rfind(' ') + 1);
  EXPECT_EQ(ids, pid + " " + pid + " " + pid);
  // The C library keeps the two highest, 32 and 33, for itself.
  const auto ignored = parse_unsigned(trim(io_.out.substr(io_.out.rfind('\t'))), 16);
  ASSERT_TRUE(ignored.has_value()) << io_.out;
  EXPECT_EQ(*ignored & 0x7FFFFFFFU, 0U);
}

TEST_F(ProcessTest, LeavesNoZombie) {
  run("true");
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
}

}  // namespace
}  // namespace gannet::agent
