// The built program, end to end over pipes, with its real state in a folder of the test.
#include <array>
#include <csignal>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "tests/unit/agent_system/link_client.h"
#include "tests/unit/agent_system/support.h"

namespace gannet::agent::testing {
namespace {

using protocol::EventKind;
using protocol::FrameType;

class AgentProgramTest : public ::testing::Test {
 protected:
  AgentProgramTest() { std::signal(SIGPIPE, SIG_IGN); }
  ~AgentProgramTest() override {
    client_.reset();
    if (pid_ > 0) (void)exit_code();
  }

  /// Starts the program with `arguments`, its stderr in the file "stderr".
  void start(std::vector<std::string> arguments) {
    Pipe to = std::move(*make_pipe());
    Pipe from = std::move(*make_pipe());
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, to.read.get(), 0);
    ::posix_spawn_file_actions_adddup2(&actions, from.write.get(), 1);
    ::posix_spawn_file_actions_addopen(&actions, 2, temp_.path("stderr").c_str(),
                                       O_WRONLY | O_CREAT | O_TRUNC, 0600);
    arguments.insert(arguments.begin(), GANNET_AGENT_BINARY);
    std::vector<char*> words;
    for (std::string& argument : arguments) words.push_back(argument.data());
    words.push_back(nullptr);
    ASSERT_EQ(::posix_spawn(&pid_, words[0], &actions, nullptr, words.data(), environ), 0);
    ::posix_spawn_file_actions_destroy(&actions);
    client_ = std::make_unique<LinkClient>(std::move(to.write), std::move(from.read));
  }

  void serve() {
    start({"serve", "--state-dir", temp_.path("state")});
    ASSERT_TRUE(client_->read_magic()) << read_word(temp_.path("stderr"));
  }

  int exit_code() {
    int status = 0;
    ::waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  TempDir temp_;
  pid_t pid_ = -1;
  std::unique_ptr<LinkClient> client_;
};

TEST_F(AgentProgramTest, AnswersHelloCheckAndExecThatWerePipelined) {
  serve();
  const std::uint32_t hello = client_->send_hello();
  protocol::CheckRequest checks;
  checks.checks = {make_check(protocol::CheckKind::kDisk, temp_.path()),
                   make_check(protocol::CheckKind::kMemory)};
  const std::uint32_t check = client_->send(FrameType::kCheck, protocol::encode(checks));
  protocol::ExecRequest command;
  command.command = "echo err >&2; ls /proc/$$/fd; exit 5";
  const std::uint32_t exec = client_->send(FrameType::kExec, protocol::encode(command));

  const auto greeting = client_->wait(hello).as<protocol::HelloReply>();
  EXPECT_EQ(greeting.version, 1U);
  EXPECT_EQ(greeting.facts.state_dir, temp_.path("state"));
  EXPECT_EQ(greeting.facts.hostname, read_word("/proc/sys/kernel/hostname"));
  const auto findings = client_->wait(check).as<protocol::CheckReply>().findings;
  ASSERT_EQ(findings.size(), 2U);
  EXPECT_EQ(findings[0].severity, protocol::Severity::kPass) << findings[0].message;
  const Answer ran = client_->wait(exec);
  EXPECT_EQ(ran.output(EventKind::kStdout), "0\n1\n2\n");
  EXPECT_EQ(ran.output(EventKind::kStderr), "err\n");
  EXPECT_EQ(ran.as<protocol::ExecReply>().exit_code, 5);
  client_->close_input();
  EXPECT_EQ(exit_code(), 0);
  EXPECT_EQ(read_word(temp_.path("stderr")), "");
}

TEST_F(AgentProgramTest, StatusOfAnEmptyHostComesFromTheRealState) {
  serve();
  (void)client_->wait(client_->send_hello());
  const Answer answer = client_->call(FrameType::kStatus);
  ASSERT_FALSE(answer.is_error) << answer.error.context;
  EXPECT_TRUE(answer.as<protocol::StatusReply>().services.empty());
}

TEST_F(AgentProgramTest, BytesThatAreNoFramesEndItWithThree) {
  serve();
  client_->send_bytes(protocol::Bytes(100, std::byte{'x'}));
  EXPECT_TRUE(client_->wait_end());
  EXPECT_EQ(exit_code(), 3);
  EXPECT_EQ(read_word(temp_.path("stderr")).find("gannet-agent: link: "), 0U);
}

TEST_F(AgentProgramTest, EndsWhenStdinEnds) {
  serve();
  client_->close_input();
  EXPECT_TRUE(client_->wait_end());
  EXPECT_EQ(exit_code(), 0);
}

TEST_F(AgentProgramTest, SaysWhatIsWrongWithItsArguments) {
  start({"serve", "--state-dir", "relative"});
  EXPECT_EQ(exit_code(), 2);
  EXPECT_EQ(read_word(temp_.path("stderr")),
            "gannet-agent: --state-dir: \"relative\" is not an absolute path without . and ..\n"
            "  hint: see: gannet-agent --help");
}

TEST_F(AgentProgramTest, RecoverOnAnEmptyHostHasNothingToDo) {
  start({"recover", "--state-dir", temp_.path("state")});
  EXPECT_EQ(exit_code(), 0) << read_word(temp_.path("stderr"));
}

TEST_F(AgentProgramTest, WatchdogOfATransactionThatIsGoneEndsAtOnce) {
  start({"watchdog", "--state-dir", temp_.path("state"), "--transaction",
         "20260101T000000Z-00000000", "--deadline-ms", "600000"});
  EXPECT_EQ(exit_code(), 0) << read_word(temp_.path("stderr"));
}

}  // namespace
}  // namespace gannet::agent::testing
