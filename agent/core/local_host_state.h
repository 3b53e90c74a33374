// HostState on a FileSystem. Made by HostState::open() only.
#pragma once

#include <memory>
#include <optional>

#include "agent/core/change_set.h"
#include "agent/core/engine.h"
#include "agent/host_state.h"

namespace gannet::agent {

class LocalHostState final : public HostState {
 public:
  LocalHostState(const Options& options, FileSystem& files, HostActions& actions,
                 WatchdogLauncher& watchdog, Clock& clock)
      : engine_(options, files, actions, clock), watchdog_(watchdog) {}

  /// Makes the directories, recovers, tidies up. First call, once.
  [[nodiscard]] Result<> begin(Progress& progress);

  [[nodiscard]] const std::optional<protocol::Recovery>& recovered() const override {
    return recovered_;
  }
  [[nodiscard]] Result<protocol::PrepareReply> prepare(const protocol::PrepareRequest& request,
                                                       Progress& progress) override;
  [[nodiscard]] Result<std::unique_ptr<BlobReceiver>> receive(
      const protocol::UploadRequest& request) override;
  [[nodiscard]] Result<protocol::ApplyReply> apply(const protocol::ApplyRequest& request,
                                                   Progress& progress) override;
  [[nodiscard]] Result<protocol::CommitReply> commit(
      const protocol::CommitRequest& request) override;
  [[nodiscard]] Result<protocol::RestoreReply> restore(const protocol::RestoreRequest& request,
                                                       Progress& progress) override;
  [[nodiscard]] Result<protocol::StatusReply> status(const protocol::StatusRequest& request,
                                                     Progress& progress) override;
  [[nodiscard]] Result<protocol::GetReleaseReply> get_release(
      const protocol::GetReleaseRequest& request) override;
  [[nodiscard]] Result<protocol::ReadFileReply> read_file(
      const protocol::ReadFileRequest& request) override;
  [[nodiscard]] Result<protocol::LockReply> lock(const protocol::LockRequest& request) override;
  [[nodiscard]] Result<protocol::LockReply> unlock() override;
  [[nodiscard]] Result<protocol::RemoveReply> remove(
      const protocol::RemoveRequest& request) override;

 private:
  [[nodiscard]] Result<> make_directories();
  [[nodiscard]] Result<protocol::ApplyReply> try_apply(const protocol::ApplyRequest& request,
                                                       Progress& progress);
  /// The disk is full: what was uploaded and not applied goes, instead of waiting for another try.
  void give_space_back();
  [[nodiscard]] Result<> recover_if_needed(Progress& progress);
  [[nodiscard]] Result<bool> needs_recovery() const;
  /// From here until apply has ended nobody prunes blobs.
  [[nodiscard]] Result<> join_sessions();
  [[nodiscard]] Result<> mark_upload();
  [[nodiscard]] Result<> plan_restart(const std::vector<protocol::Release>& releases,
                                      protocol::PrepareReply& reply);
  /// The part of prepare that is not files.
  [[nodiscard]] Result<> prepare_services(const std::vector<protocol::Release>& releases,
                                          const ChangeSet& set, protocol::PrepareReply& reply,
                                          std::vector<Digest>& to_load, Progress& progress);

  Engine engine_;
  WatchdogLauncher& watchdog_;
  std::optional<protocol::Recovery> recovered_;
  std::unique_ptr<FileLock> session_;
};

}  // namespace gannet::agent
