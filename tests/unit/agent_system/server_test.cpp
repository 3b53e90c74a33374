#include "agent/system/server.h"

#include <gtest/gtest.h>

#include "tests/unit/agent_system/server_fixture.h"

namespace gannet::agent {
namespace {

using protocol::EventKind;
using protocol::FrameType;

class ServerTest : public ServerFixture {};

TEST_F(ServerTest, HelloAnswersVersionFactsAndRecovery) {
  script_->recovery.emplace().reason = "agent was killed";
  start();
  ASSERT_TRUE(client_->read_magic());
  const Answer answer = client_->wait(client_->send_hello());
  ASSERT_FALSE(answer.is_error) << answer.error.context;
  const auto reply = answer.as<protocol::HelloReply>();
  EXPECT_EQ(reply.version, protocol::kMaxVersion);
  EXPECT_EQ(reply.build, "1.2.3");
  EXPECT_EQ(reply.facts.hostname, "pi-garage");
  EXPECT_EQ(reply.facts.state_dir, "/state");
  EXPECT_GT(reply.wall_ms, 0);
  ASSERT_TRUE(reply.recovered.has_value());
  EXPECT_EQ(reply.recovered->reason, "agent was killed");
  EXPECT_EQ(opened_with_.who, "tester@here");
  EXPECT_EQ(opened_with_.run, "run-1");
  EXPECT_EQ(opened_with_.state_dir, "/state");
}

TEST_F(ServerTest, HelloOfAnotherVersionIsRefused) {
  start();
  ASSERT_TRUE(client_->read_magic());
  protocol::Hello hello;
  hello.min_version = 900;
  hello.max_version = 901;
  const Answer answer = client_->call(FrameType::kHello, protocol::encode(hello));
  ASSERT_TRUE(answer.is_error);
  EXPECT_EQ(answer.error.code, Code::kVersionMismatch);
}

TEST_F(ServerTest, RequestBeforeHelloIsRefusedAndTheLinkStaysUp) {
  start();
  ASSERT_TRUE(client_->read_magic());
  const Answer early = client_->call(FrameType::kExec, exec_payload("true"));
  ASSERT_TRUE(early.is_error);
  EXPECT_EQ(early.error.context, "request type 11 came before hello");
  EXPECT_FALSE(client_->wait(client_->send_hello()).is_error);
}

TEST_F(ServerTest, SecondHelloIsRefused) {
  start_ready();
  const Answer answer = client_->wait(client_->send_hello());
  ASSERT_TRUE(answer.is_error);
  EXPECT_EQ(answer.error.context, "hello came twice");
}

TEST_F(ServerTest, UnknownTypeIsUnsupportedAndTheLinkStaysUp) {
  start_ready();
  const Answer answer = client_->call(static_cast<FrameType>(60));
  ASSERT_TRUE(answer.is_error);
  EXPECT_EQ(answer.error.code, Code::kUnsupported);
  EXPECT_EQ(answer.error.context, "this agent does not know request type 60");
  EXPECT_FALSE(client_->call(FrameType::kPing).is_error);
}

TEST_F(ServerTest, MalformedPayloadIsABadMessageAndTheLinkStaysUp) {
  start_ready();
  for (const FrameType type : {FrameType::kCheck, FrameType::kPrepare, FrameType::kApply,
                               FrameType::kExec, FrameType::kUpload, FrameType::kCommit}) {
    const Answer answer = client_->call(type, {std::byte{0x0A}, std::byte{0xFF}});
    ASSERT_TRUE(answer.is_error);
    EXPECT_EQ(answer.error.code, Code::kBadMessage);
  }
  EXPECT_FALSE(client_->call(FrameType::kPing).is_error);
}

TEST_F(ServerTest, HelloSucceedsWithoutStateAndRequestsThatNeedItSayWhy) {
  open_error_ = Error{Code::kReadOnly, "mkdir: Read-only file system", "remount it"};
  start_ready();
  const Answer status =
      client_->call(FrameType::kStatus, protocol::encode(protocol::StatusRequest{}));
  ASSERT_TRUE(status.is_error);
  EXPECT_EQ(status.error.code, Code::kReadOnly);
  EXPECT_EQ(status.error.context, "open the state in /state: mkdir: Read-only file system");
  EXPECT_EQ(status.error.hint, "remount it");
  EXPECT_FALSE(client_->call(FrameType::kExec, exec_payload("true")).is_error);
}

TEST_F(ServerTest, PipelinedRequestsAreAnsweredInOrderAndOnce) {
  start();
  ASSERT_TRUE(client_->read_magic());
  const std::uint32_t hello = client_->send_hello();
  protocol::PrepareRequest prepare;
  // Over the limit that holds before hello: the server must not judge it by that.
  prepare.releases.emplace_back().tag = std::string(200'000, 'x');
  const std::uint32_t prepared = client_->send(FrameType::kPrepare, protocol::encode(prepare));
  const std::uint32_t exec = client_->send(FrameType::kExec, exec_payload("echo hi"));
  EXPECT_FALSE(client_->wait(hello).is_error);
  const auto plans = client_->wait(prepared).as<protocol::PrepareReply>().plans;
  ASSERT_EQ(plans.size(), 1U);
  EXPECT_EQ(plans[0].current_tag, "200000");
  EXPECT_EQ(client_->wait(exec).output(EventKind::kStdout), "hi\n");
  for (const std::uint32_t id : {hello, prepared, exec}) EXPECT_EQ(client_->answers(id), 1U);
}

TEST_F(ServerTest, MessagesLongerThanAFrameTravelBothWays) {
  state_->release_bytes = 3'000'000;
  start_ready();
  protocol::PrepareRequest prepare;
  prepare.releases.emplace_back().tag = std::string(2'500'000, 'x');
  const Answer plan = client_->call(FrameType::kPrepare, protocol::encode(prepare));
  ASSERT_FALSE(plan.is_error) << plan.error.context;
  EXPECT_EQ(plan.as<protocol::PrepareReply>().plans.at(0).current_tag, "2500000");
  protocol::GetReleaseRequest wanted;
  wanted.service = "api";
  const Answer release = client_->call(FrameType::kGetRelease, protocol::encode(wanted));
  EXPECT_EQ(release.as<protocol::GetReleaseReply>().release.tag.size(), 3'000'000U);
}

TEST_F(ServerTest, CheckAnswersOneFindingPerCheckInOrder) {
  start_ready();
  protocol::CheckRequest request;
  request.wall_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                        std::chrono::system_clock::now().time_since_epoch())
                        .count() -
                    90'000;
  request.checks = {make_check(protocol::CheckKind::kMemory),
                    make_check(protocol::CheckKind::kClock),
                    make_check(static_cast<protocol::CheckKind>(999))};
  const Answer answer = client_->call(FrameType::kCheck, protocol::encode(request));
  const auto findings = answer.as<protocol::CheckReply>().findings;
  ASSERT_EQ(findings.size(), 3U);
  EXPECT_EQ(findings[0].severity, protocol::Severity::kPass);
  EXPECT_EQ(findings[1].severity, protocol::Severity::kFail);
  EXPECT_EQ(findings[2].message, "this agent does not know check 999");
}

TEST_F(ServerTest, ExecStreamsOutputAndTellsTheExitCode) {
  start_ready();
  const Answer answer =
      client_->call(FrameType::kExec, exec_payload("echo out; echo err >&2; exit 7"));
  EXPECT_EQ(answer.output(EventKind::kStdout), "out\n");
  EXPECT_EQ(answer.output(EventKind::kStderr), "err\n");
  EXPECT_EQ(answer.as<protocol::ExecReply>().exit_code, 7);
}

TEST_F(ServerTest, ExecFeedsStdinFromDataFrames) {
  start_ready();
  const std::uint32_t id = client_->send(FrameType::kExec, exec_payload("wc -c", true));
  const protocol::Bytes block(300'000, std::byte{'x'});
  for (int i = 0; i < 4; ++i) client_->send_for(id, FrameType::kData, block);
  client_->send_for(id, FrameType::kDataEnd);
  EXPECT_EQ(client_->wait(id).output(EventKind::kStdout), "1200000\n");
}

TEST_F(ServerTest, ExecWithoutCommandIsRefused) {
  start_ready();
  const Answer answer = client_->call(FrameType::kExec, exec_payload(""));
  EXPECT_EQ(answer.error.code, Code::kInvalidInput);
}

TEST_F(ServerTest, InputThatACommandDoesNotReadIsDropped) {
  start_ready();
  const std::uint32_t id = client_->send(FrameType::kExec, exec_payload("exec true", true));
  for (int i = 0; i < 20; ++i) {
    client_->send_for(id, FrameType::kData, protocol::Bytes(100'000, std::byte{'x'}));
  }
  client_->send_for(id, FrameType::kDataEnd);
  EXPECT_EQ(client_->wait(id).as<protocol::ExecReply>().exit_code, 0);
  EXPECT_FALSE(client_->call(FrameType::kPing).is_error);
  EXPECT_EQ(client_->answers(id), 1U);
}

}  // namespace
}  // namespace gannet::agent
