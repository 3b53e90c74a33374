// Messages that look at a host, and the small ones: exec, lock, remove. See protocol/messages.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/messages_deploy.h"
#include "protocol/messages_session.h"
#include "protocol/release.h"
#include "protocol/wire.h"

namespace gannet::protocol {

// ---- status, releases, files ----------------------------------------------------------------

struct StatusRequest {
  std::vector<std::string> services;  ///< empty: all
  bool drift = false;                 ///< compare files with the release in force
  friend bool operator==(const StatusRequest&, const StatusRequest&) = default;
};

/// A release without its files.
struct ReleaseInfo {
  std::string id;
  std::string tag;
  std::string run;
  std::string who;
  std::int64_t created_ms = 0;
  std::int64_t committed_ms = 0;
  std::uint32_t files = 0;
  friend bool operator==(const ReleaseInfo&, const ReleaseInfo&) = default;
};

struct ServiceStatus {
  std::string service;
  std::string current;            ///< id in force; empty: never deployed
  std::vector<ReleaseInfo> kept;  ///< newest first, the current one among them
  std::vector<FileChange> drift;  ///< what a deploy of the current release would change
  std::vector<Finding> runtime;   ///< with drift: whether what runs is what the release says
  friend bool operator==(const ServiceStatus&, const ServiceStatus&) = default;
};

/// Operator's lock: "not now".
struct LockInfo {
  std::string who;
  std::string reason;
  std::int64_t since_ms = 0;
  std::int64_t expires_ms = 0;  ///< 0: never
  friend bool operator==(const LockInfo&, const LockInfo&) = default;
};

/// A transaction that waits for its commit.
struct PendingInfo {
  std::string transaction;
  std::string run;
  std::string who;
  std::string reason;
  std::int64_t since_ms = 0;
  std::int64_t deadline_ms = 0;  ///< when the watchdog restores; 0: no watchdog
  std::vector<std::string> services;
  bool rebooting = false;  ///< in the middle of its planned restart
  friend bool operator==(const PendingInfo&, const PendingInfo&) = default;
};

struct StatusReply {
  std::vector<ServiceStatus> services;
  std::optional<LockInfo> lock;
  std::optional<PendingInfo> pending;
  std::optional<Recovery> last_recovery;  ///< kept until the next commit
  friend bool operator==(const StatusReply&, const StatusReply&) = default;
};

struct GetReleaseRequest {
  std::string service;
  std::string id;  ///< empty: the one before the current
  friend bool operator==(const GetReleaseRequest&, const GetReleaseRequest&) = default;
};

struct GetReleaseReply {
  Release release;
  std::vector<std::string> problems;  ///< why it cannot be restored: "blob of /etc/x is gone"
  friend bool operator==(const GetReleaseReply&, const GetReleaseReply&) = default;
};

struct ReadFileRequest {
  std::string path;
  std::uint64_t max_bytes = 0;  ///< at most 512 KiB are sent
  friend bool operator==(const ReadFileRequest&, const ReadFileRequest&) = default;
};

struct ReadFileReply {
  bool exists = false;
  std::uint64_t size = 0;
  Bytes content;  ///< empty when larger than max_bytes
  friend bool operator==(const ReadFileReply&, const ReadFileReply&) = default;
};

// ---- exec, lock, remove ---------------------------------------------------------------------

/// Runs a command; its output arrives as Events. kData frames are its stdin.
struct ExecRequest {
  std::string command;           ///< through /bin/sh -c
  std::uint64_t timeout_ms = 0;  ///< 0: none but the link's
  bool with_stdin = false;       ///< kData ... kDataEnd follow
  friend bool operator==(const ExecRequest&, const ExecRequest&) = default;
};

struct ExecReply {
  std::int32_t exit_code = 0;  ///< 128 + signal when killed by one
  std::int32_t signal = 0;
  bool timed_out = false;
  std::uint64_t dropped_bytes = 0;  ///< output over the limit that was not sent
  friend bool operator==(const ExecReply&, const ExecReply&) = default;
};

struct LockRequest {
  std::string reason;
  std::string who;
  std::uint64_t ttl_ms = 0;  ///< 0: until unlocked
  friend bool operator==(const LockRequest&, const LockRequest&) = default;
};

struct UnlockRequest {
  friend bool operator==(const UnlockRequest&, const UnlockRequest&) = default;
};

struct LockReply {
  std::optional<LockInfo> previous;  ///< lock that was there before
  friend bool operator==(const LockReply&, const LockReply&) = default;
};

/// Removes the agent, and with `state` all it keeps. Deployed files stay.
struct RemoveRequest {
  bool state = false;
  friend bool operator==(const RemoveRequest&, const RemoveRequest&) = default;
};

struct RemoveReply {
  std::vector<std::string> removed;  ///< paths
  friend bool operator==(const RemoveReply&, const RemoveReply&) = default;
};

}  // namespace gannet::protocol
