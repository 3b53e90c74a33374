// The built program, end to end over pipes.
#include "tests/unit/agent_system/agent_program.h"

#include <array>
#include <csignal>

namespace gannet::agent {
namespace {

using protocol::EventKind;
using protocol::FrameType;

class AgentProgramTest : public AgentProgram {};

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
}  // namespace gannet::agent
