// All that gannet keeps and changes on one host. The server translates requests into these calls;
// each is one row of the table in docs/protocol.md section 5.
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/host_actions.h"
#include "agent/progress.h"
#include "base/clock.h"
#include "base/result.h"
#include "protocol/messages.h"

namespace gannet::agent {

class FileSystem;

/// Starts and stops the process that restores a transaction when nobody commits it in time.
class WatchdogLauncher {
 public:
  virtual ~WatchdogLauncher() = default;
  /// Starts it detached from this session; returns once it is really watching.
  [[nodiscard]] virtual Result<> arm(const std::string& transaction,
                                     std::chrono::milliseconds deadline) = 0;
  /// Removes what arm() left on the host outside of the state directory; returns the paths.
  [[nodiscard]] virtual Result<std::vector<std::string>> forget() {
    return std::vector<std::string>{};
  }
};

/// Receives an upload and keeps each blob as soon as it is whole and its digest is right.
class BlobReceiver {
 public:
  virtual ~BlobReceiver() = default;
  /// Takes the next bytes of the zstd stream. Errors: kBadMessage (not the announced form),
  /// kCorrupt (digest differs), kNoSpace, kRemoteIo. After an error the upload is over.
  [[nodiscard]] virtual Result<> feed(std::span<const std::byte> bytes) = 0;
  /// At the end of the stream. Errors: kBadMessage when blobs are missing.
  [[nodiscard]] virtual Result<protocol::UploadReply> finish() = 0;
};

/// Not thread-safe; one per agent process.
class HostState {
 public:
  struct Options {
    std::string state_dir;  ///< absolute; created with 0700 when missing
    std::string who;        ///< of the session, for locks and records
    std::string run;
  };

  /// Opens the state, and finishes what an agent that died left behind (recovered()).
  /// References must outlive the object. Errors: kRemoteIo, kReadOnly, kPermission, kCorrupt.
  [[nodiscard]] static Result<std::unique_ptr<HostState>> open(const Options& options,
                                                               FileSystem& files,
                                                               HostActions& actions,
                                                               WatchdogLauncher& watchdog,
                                                               Clock& clock, Progress& progress);
  virtual ~HostState() = default;

  /// Set when open() had to restore an unfinished transaction.
  [[nodiscard]] virtual const std::optional<protocol::Recovery>& recovered() const = 0;

  [[nodiscard]] virtual Result<protocol::PrepareReply> prepare(
      const protocol::PrepareRequest& request, Progress& progress) = 0;
  [[nodiscard]] virtual Result<std::unique_ptr<BlobReceiver>> receive(
      const protocol::UploadRequest& request) = 0;
  [[nodiscard]] virtual Result<protocol::ApplyReply> apply(const protocol::ApplyRequest& request,
                                                           Progress& progress) = 0;
  [[nodiscard]] virtual Result<protocol::CommitReply> commit(
      const protocol::CommitRequest& request) = 0;
  [[nodiscard]] virtual Result<protocol::RestoreReply> restore(
      const protocol::RestoreRequest& request, Progress& progress) = 0;
  [[nodiscard]] virtual Result<protocol::StatusReply> status(const protocol::StatusRequest& request,
                                                             Progress& progress) = 0;
  [[nodiscard]] virtual Result<protocol::GetReleaseReply> get_release(
      const protocol::GetReleaseRequest& request) = 0;
  [[nodiscard]] virtual Result<protocol::ReadFileReply> read_file(
      const protocol::ReadFileRequest& request) = 0;
  [[nodiscard]] virtual Result<protocol::LockReply> lock(const protocol::LockRequest& request) = 0;
  [[nodiscard]] virtual Result<protocol::LockReply> unlock() = 0;
  [[nodiscard]] virtual Result<protocol::RemoveReply> remove(
      const protocol::RemoveRequest& request) = 0;
};

}  // namespace gannet::agent
