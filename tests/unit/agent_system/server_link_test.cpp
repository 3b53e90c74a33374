// What a link can do to a server: nonsense, silence, stalls.
#include <gtest/gtest.h>

#include "tests/unit/agent_system/server_fixture.h"

namespace gannet::agent {
namespace {

using protocol::EventKind;
using protocol::FrameType;

class ServerLinkTest : public ServerFixture {};

TEST_F(ServerLinkTest, EndOfInputEndsTheServer) {
  start_ready();
  client_->close_input();
  EXPECT_TRUE(client_->wait_end());
  EXPECT_EQ(end(), ServeEnd::kClosed);
}

TEST_F(ServerLinkTest, BytesThatAreNoFramesEndTheServerWithAFailure) {
  start();
  ASSERT_TRUE(client_->read_magic());
  client_->send_bytes(protocol::Bytes(64, std::byte{0xEE}));
  EXPECT_TRUE(client_->wait_end());
  EXPECT_EQ(end(), ServeEnd::kBadInput);
}

TEST_F(ServerLinkTest, ADamagedFrameEndsTheServerWithAFailure) {
  start_ready();
  protocol::Bytes frame = protocol::encode_frame(FrameType::kPing, 50, {});
  frame.back() ^= std::byte{1};
  client_->send_bytes(frame);
  EXPECT_TRUE(client_->wait_end());
  EXPECT_EQ(end(), ServeEnd::kBadInput);
}

TEST_F(ServerLinkTest, AFrameOverTheEarlyLimitIsRefusedBeforeHello) {
  start();
  ASSERT_TRUE(client_->read_magic());
  const protocol::Bytes payload(protocol::kMaxEarlyPayload + 1);
  std::thread writer([&] { client_->send_for(1, FrameType::kHello, payload); });
  EXPECT_EQ(end(), ServeEnd::kBadInput);
  writer.join();
}

TEST_F(ServerLinkTest, ATruncatedFrameIsAFailure) {
  start_ready();
  protocol::Bytes frame = protocol::encode_frame(FrameType::kPing, 50, {});
  frame.pop_back();
  client_->send_bytes(frame);
  client_->close_input();
  EXPECT_EQ(end(), ServeEnd::kBadInput);
}

TEST_F(ServerLinkTest, FramesSplitAnywhereAreUnderstood) {
  start_ready();
  const protocol::Bytes frame =
      protocol::encode_frame(FrameType::kExec, 50, exec_payload("echo hi"));
  for (const std::byte byte : frame) client_->send_bytes({byte});
  EXPECT_EQ(client_->wait(50).output(EventKind::kStdout), "hi\n");
}

TEST_F(ServerLinkTest, HeartbeatsArriveWhileACommandRunsSilently) {
  start_ready();
  // Runs until the test closes its stdin.
  const std::uint32_t id = client_->send(FrameType::kExec, exec_payload("cat", true));
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(client_->wait_heartbeats(id, 2));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, Session::kHeartbeatEvery);
  client_->send_for(id, FrameType::kDataEnd);
  const Answer answer = client_->wait(id);
  EXPECT_EQ(answer.as<protocol::ExecReply>().exit_code, 0);
}

TEST_F(ServerLinkTest, APeerThatStopsReadingIsGivenUpAndTheCommandIsEnded) {
  FrameLink::Limits limits;
  limits.stall = std::chrono::milliseconds(100);
  start(limits);
  ASSERT_TRUE(client_->read_magic());
  ASSERT_FALSE(client_->wait(client_->send_hello()).is_error);
  client_->send(FrameType::kExec, exec_payload("yes"));
  EXPECT_EQ(end(), ServeEnd::kBadInput);
}

TEST_F(ServerLinkTest, EndOfInputEndsARunningCommandAndItsChildren) {
  const TempDir temp;
  start_ready();
  const std::string pid_file = temp.path("pid");
  client_->send(FrameType::kExec, exec_payload("sleep 300 & echo $! > " + pid_file + ".new; mv " +
                                               pid_file + ".new " + pid_file + "; wait"));
  ASSERT_TRUE(eventually([&] { return !read_word(pid_file).empty(); }));
  const auto pid = static_cast<pid_t>(*parse_unsigned(read_word(pid_file)));
  client_->close_input();
  EXPECT_EQ(end(), ServeEnd::kClosed);
  const std::string stat = "/proc/" + std::to_string(pid) + "/stat";
  EXPECT_TRUE(eventually([&] {
    const std::string text = read_word(stat);
    return text.empty() || text.find(") Z") != std::string::npos;
  }));
}

}  // namespace
}  // namespace gannet::agent
