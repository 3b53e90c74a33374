// Requests that change the host: uploads, apply, cancel.
#include <gtest/gtest.h>

#include "tests/unit/agent_system/server_fixture.h"

namespace gannet::agent {
namespace {

using protocol::FrameType;

class ServerStateTest : public ServerFixture {
 protected:
  std::uint32_t send_upload() {
    return client_->send(FrameType::kUpload, protocol::encode(protocol::UploadRequest{1, 10}));
  }

  /// An apply that goes on until somebody wants it to stop.
  void apply_until_stopped() {
    state_->on_apply = [this](Progress& progress) -> Result<protocol::ApplyReply> {
      progress.step("api", "health");
      while (!progress.stop_requested()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      stopped_ = true;
      protocol::ApplyReply reply;
      reply.outcome = protocol::ApplyOutcome::kRestored;
      return reply;
    };
  }

  std::uint32_t send_apply() {
    return client_->send(FrameType::kApply, protocol::encode(protocol::ApplyRequest{}));
  }

  std::atomic<bool> stopped_{false};
};

TEST_F(ServerStateTest, EveryStateRequestReachesTheState) {
  start_ready();
  protocol::CommitRequest commit;
  commit.transaction = "t1";
  const auto committed =
      client_->call(FrameType::kCommit, protocol::encode(commit)).as<protocol::CommitReply>();
  EXPECT_EQ(committed.releases, std::vector<std::string>{"t1"});
  EXPECT_EQ(committed.pruned, 3U);
  const auto restored = client_->call(FrameType::kRestore).as<protocol::RestoreReply>();
  EXPECT_TRUE(restored.restored);
  EXPECT_FALSE(client_->call(FrameType::kStatus).is_error);
  EXPECT_FALSE(client_->call(FrameType::kLock).is_error);
  EXPECT_FALSE(client_->call(FrameType::kUnlock).is_error);
  const auto removed = client_->call(FrameType::kRemove).as<protocol::RemoveReply>();
  EXPECT_EQ(removed.removed, std::vector<std::string>{"/state/bin/agent-1"});
  EXPECT_EQ(client_->call(FrameType::kReadFile).error.code, Code::kPermission);
}

TEST_F(ServerStateTest, AnExceptionBecomesAnInternalErrorAndTheLinkStaysUp) {
  state_->throws = true;
  start_ready();
  const Answer answer = client_->call(FrameType::kCommit);
  ASSERT_TRUE(answer.is_error);
  EXPECT_EQ(answer.error.code, Code::kInternal);
  EXPECT_EQ(answer.error.context, "bug in the agent: unexpected");
  EXPECT_FALSE(client_->call(FrameType::kPing).is_error);
}

TEST_F(ServerStateTest, UploadFeedsDataUntilItsEnd) {
  const auto uploaded = state_->uploaded;
  start_ready();
  const std::uint32_t id = send_upload();
  client_->send_for(id, FrameType::kData, {std::byte{'a'}, std::byte{'b'}});
  client_->send_for(id, FrameType::kData, {std::byte{'c'}});
  client_->send_for(id, FrameType::kDataEnd);
  const Answer answer = client_->wait(id);
  ASSERT_FALSE(answer.is_error) << answer.error.context;
  EXPECT_EQ(answer.as<protocol::UploadReply>().bytes, 3U);
  EXPECT_EQ(uploaded->text(), "abc");
}

TEST_F(ServerStateTest, UploadThatFailsIsAnsweredOnceAndItsRestIsDropped) {
  state_->upload_fails = true;
  start_ready();
  const std::uint32_t id = send_upload();
  for (int i = 0; i < 50; ++i) {
    client_->send_for(id, FrameType::kData, protocol::Bytes(100'000, std::byte{'x'}));
  }
  client_->send_for(id, FrameType::kDataEnd);
  const Answer answer = client_->wait(id);
  ASSERT_TRUE(answer.is_error);
  EXPECT_EQ(answer.error.code, Code::kNoSpace);
  EXPECT_FALSE(client_->call(FrameType::kPing).is_error);
  EXPECT_FALSE(client_->call(FrameType::kStatus).is_error);
  EXPECT_EQ(client_->answers(id), 1U);
}

TEST_F(ServerStateTest, RequestsBehindAnUploadWaitForIt) {
  const auto uploaded = state_->uploaded;
  start_ready();
  const std::uint32_t id = send_upload();
  const std::uint32_t status = client_->send(FrameType::kStatus);
  client_->send_for(id, FrameType::kData, {std::byte{'a'}});
  client_->send_for(id, FrameType::kDataEnd);
  EXPECT_FALSE(client_->wait(status).is_error);
  EXPECT_EQ(uploaded->text(), "a");
}

TEST_F(ServerStateTest, CancelStopsAnUpload) {
  start_ready();
  const std::uint32_t id = send_upload();
  client_->send_for(id, FrameType::kData, {std::byte{'a'}});
  EXPECT_FALSE(client_->call(FrameType::kCancel).is_error);
  EXPECT_EQ(client_->wait(id).error.code, Code::kInterrupted);
}

TEST_F(ServerStateTest, CancelStopsARunningApplyAndBothAreAnswered) {
  apply_until_stopped();
  start_ready();
  const std::uint32_t apply = send_apply();
  ASSERT_TRUE(client_->wait_event(apply));
  const Answer cancel = client_->call(FrameType::kCancel);
  EXPECT_FALSE(cancel.is_error);
  EXPECT_TRUE(cancel.payload.empty());
  const Answer answer = client_->wait(apply);
  EXPECT_EQ(answer.as<protocol::ApplyReply>().outcome, protocol::ApplyOutcome::kRestored);
  EXPECT_FALSE(client_->call(FrameType::kExec, exec_payload("true")).is_error);
}

TEST_F(ServerStateTest, CancelReachesRequestsThatWaitAndNotLaterOnes) {
  apply_until_stopped();
  start_ready();
  const std::uint32_t apply = send_apply();
  ASSERT_TRUE(client_->wait_event(apply));
  const std::uint32_t waiting = client_->send(FrameType::kExec, exec_payload("echo never"));
  EXPECT_FALSE(client_->call(FrameType::kCancel).is_error);
  const Answer answer = client_->wait(waiting);
  ASSERT_TRUE(answer.is_error);
  EXPECT_EQ(answer.error.code, Code::kInterrupted);
  EXPECT_TRUE(answer.events.empty());
  EXPECT_FALSE(client_->call(FrameType::kExec, exec_payload("true")).is_error);
}

TEST_F(ServerStateTest, EndOfInputStopsARunningApply) {
  apply_until_stopped();
  start_ready();
  ASSERT_TRUE(client_->wait_event(send_apply()));
  client_->close_input();
  EXPECT_EQ(end(), ServeEnd::kClosed);
  EXPECT_TRUE(stopped_);
}

TEST_F(ServerStateTest, EndOfInputBehindABacklogStopsARunningApply) {
  apply_until_stopped();
  start_ready();
  const std::uint32_t id = send_apply();
  ASSERT_TRUE(client_->wait_event(id));
  // More than the agent queues: it stops reading, and must notice the end nevertheless.
  std::thread writer([&] {
    for (std::size_t sent = 0; sent < Session::kMaxBacklog + 40'000; sent += 10'000) {
      client_->send_for(id, FrameType::kData, protocol::Bytes(10'000, std::byte{0}));
    }
    client_->close_input();
  });
  writer.join();
  EXPECT_EQ(end(), ServeEnd::kClosed);
  EXPECT_TRUE(stopped_);
}

TEST_F(ServerStateTest, OutputThatNobodyTakesStopsARunningApply) {
  apply_until_stopped();
  start_ready();
  ASSERT_TRUE(client_->wait_event(send_apply()));
  client_->close_output();  // the next heartbeat meets a closed pipe
  EXPECT_EQ(end(), ServeEnd::kClosed);
  EXPECT_TRUE(stopped_);
}

TEST_F(ServerStateTest, PingIsAnsweredWhileARequestRuns) {
  apply_until_stopped();
  start_ready();
  const std::uint32_t apply = send_apply();
  ASSERT_TRUE(client_->wait_event(apply));
  EXPECT_FALSE(client_->call(FrameType::kPing).is_error);
  EXPECT_EQ(client_->answers(apply), 0U);
}

}  // namespace
}  // namespace gannet::agent
