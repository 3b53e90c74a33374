// A Server on its own thread between two pipes, with a scripted HostState.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "agent/system/agent_clock.h"
#include "agent/system/server.h"
#include "tests/unit/agent_system/link_client.h"
#include "tests/unit/agent_system/support.h"

namespace gannet::agent::testing {

/// Collects what an upload brings; fails when told to.
class ScriptedReceiver final : public BlobReceiver {
 public:
  ScriptedReceiver(std::string& into, bool fails) : into_(into), fails_(fails) {}
  [[nodiscard]] Result<> feed(std::span<const std::byte> bytes) override {
    if (fails_) return fail(Code::kNoSpace, "write blob: No space left on device", "free space");
    for (const std::byte byte : bytes) into_.push_back(static_cast<char>(byte));
    return {};
  }
  [[nodiscard]] Result<protocol::UploadReply> finish() override {
    protocol::UploadReply reply;
    reply.bytes = into_.size();
    return reply;
  }

 private:
  std::string& into_;
  bool fails_;
};

/// Answers every call with what the test put there.
class ScriptedState final : public HostState {
 public:
  std::optional<protocol::Recovery> recovery;
  std::function<Result<protocol::ApplyReply>(Progress&)> on_apply;
  std::string uploaded;
  std::atomic<bool> upload_fails{false};
  std::atomic<bool> throws{false};
  std::size_t release_bytes = 0;

  [[nodiscard]] const std::optional<protocol::Recovery>& recovered() const override {
    return recovery;
  }
  [[nodiscard]] Result<protocol::PrepareReply> prepare(const protocol::PrepareRequest& request,
                                                       Progress&) override {
    protocol::PrepareReply reply;
    for (const auto& release : request.releases) {
      protocol::ServicePlan plan;
      plan.service = release.service;
      plan.current_tag = std::to_string(release.tag.size());
      reply.plans.push_back(plan);
    }
    return reply;
  }
  [[nodiscard]] Result<std::unique_ptr<BlobReceiver>> receive(
      const protocol::UploadRequest&) override {
    return std::make_unique<ScriptedReceiver>(uploaded, upload_fails);
  }
  [[nodiscard]] Result<protocol::ApplyReply> apply(const protocol::ApplyRequest&,
                                                   Progress& progress) override {
    return on_apply(progress);
  }
  [[nodiscard]] Result<protocol::CommitReply> commit(
      const protocol::CommitRequest& request) override {
    if (throws) throw std::runtime_error("unexpected");
    return protocol::CommitReply{{request.transaction}, 3};
  }
  [[nodiscard]] Result<protocol::RestoreReply> restore(const protocol::RestoreRequest&,
                                                       Progress&) override {
    return protocol::RestoreReply{true, true, "done"};
  }
  [[nodiscard]] Result<protocol::StatusReply> status(const protocol::StatusRequest&) override {
    return protocol::StatusReply{};
  }
  [[nodiscard]] Result<protocol::GetReleaseReply> get_release(
      const protocol::GetReleaseRequest& request) override {
    protocol::GetReleaseReply reply;
    reply.release.service = request.service;
    reply.release.tag = std::string(release_bytes, 'x');
    return reply;
  }
  [[nodiscard]] Result<protocol::ReadFileReply> read_file(
      const protocol::ReadFileRequest& request) override {
    return fail(Code::kPermission, "read " + request.path, "become: sudo");
  }
  [[nodiscard]] Result<protocol::LockReply> lock(const protocol::LockRequest&) override {
    return protocol::LockReply{};
  }
  [[nodiscard]] Result<protocol::LockReply> unlock() override { return protocol::LockReply{}; }
  [[nodiscard]] Result<protocol::RemoveReply> remove(const protocol::RemoveRequest&) override {
    return protocol::RemoveReply{{"/state/bin/agent-1"}};
  }
};

class ServerFixture : public ::testing::Test {
 protected:
  ServerFixture() : script_(std::make_unique<ScriptedState>()), state_(script_.get()) {
    Pipe requests = std::move(*make_pipe());
    Pipe answers = std::move(*make_pipe());
    agent_in_ = std::move(requests.read);
    agent_out_ = std::move(answers.write);
    client_ = std::make_unique<LinkClient>(std::move(requests.write), std::move(answers.read));
  }

  ~ServerFixture() override {
    client_->close_input();
    client_->close_output();
    if (thread_.joinable()) thread_.join();
  }

  void start(FrameLink::Limits limits = {}) {
    thread_ = std::thread([this, limits] {
      FrameLink link(std::move(agent_in_), std::move(agent_out_), limits);
      Server server({"/state", "1.2.3", pi4()}, link, actions_, clock_,
                    [this](HostState::Options options, Progress&) { return open(options); });
      end_ = server.run();
    });
  }

  /// Starts the server and shakes hands.
  void start_ready() {
    start();
    ASSERT_TRUE(client_->read_magic());
    const Answer hello = client_->wait(client_->send_hello());
    ASSERT_TRUE(hello.arrived);
    ASSERT_FALSE(hello.is_error) << hello.error.context;
  }

  ServeEnd end() {
    thread_.join();
    return end_;
  }

  static protocol::Bytes exec_payload(const std::string& command, bool with_stdin = false) {
    protocol::ExecRequest request;
    request.command = command;
    request.with_stdin = with_stdin;
    return protocol::encode(request);
  }

  Result<std::unique_ptr<HostState>> open(const HostState::Options& options) {
    opened_with_ = options;
    if (open_error_) return fail(*open_error_);
    return std::unique_ptr<HostState>(std::move(script_));
  }

  AgentClock clock_;
  SystemActions actions_{pi4(), clock_};
  std::unique_ptr<ScriptedState> script_;
  ScriptedState* state_;
  std::optional<Error> open_error_;
  HostState::Options opened_with_;
  UniqueFd agent_in_;
  UniqueFd agent_out_;
  std::unique_ptr<LinkClient> client_;
  std::thread thread_;
  ServeEnd end_ = ServeEnd::kClosed;
};

}  // namespace gannet::agent::testing
