// A HostState whose answers a test writes.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include "agent/host_state.h"

namespace gannet::agent {

/// What an upload brought: the server's thread writes, the test reads, and either may end first.
class Uploaded {
 public:
  void add(std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex_);
    for (const std::byte byte : bytes) text_.push_back(static_cast<char>(byte));
  }
  [[nodiscard]] std::string text() const {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  mutable std::mutex mutex_;
  std::string text_;
};

/// Collects what an upload brings; fails when told to.
class ScriptedReceiver final : public BlobReceiver {
 public:
  ScriptedReceiver(std::shared_ptr<Uploaded> into, bool fails)
      : into_(std::move(into)), fails_(fails) {}
  [[nodiscard]] Result<> feed(std::span<const std::byte> bytes) override {
    if (fails_) return fail(Code::kNoSpace, "write blob: No space left on device", "free space");
    into_->add(bytes);
    return {};
  }
  [[nodiscard]] Result<protocol::UploadReply> finish() override {
    protocol::UploadReply reply;
    reply.bytes = into_->text().size();
    return reply;
  }

 private:
  std::shared_ptr<Uploaded> into_;
  bool fails_;
};

/// Answers every call with what the test put there.
class ScriptedState final : public HostState {
 public:
  std::optional<protocol::Recovery> recovery;
  std::function<Result<protocol::ApplyReply>(Progress&)> on_apply;
  const std::shared_ptr<Uploaded> uploaded = std::make_shared<Uploaded>();
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
  [[nodiscard]] Result<protocol::StatusReply> status(const protocol::StatusRequest&,
                                                     Progress&) override {
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

}  // namespace gannet::agent
