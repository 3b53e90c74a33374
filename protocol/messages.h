// One struct per message with its encode/decode pair. Tags: docs/protocol.md section 5.
// Decoders skip fields they do not know and give kBadMessage for malformed ones.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "protocol/check.h"
#include "protocol/release.h"
#include "protocol/wire.h"

namespace gannet::protocol {

// ---- hello ----------------------------------------------------------------------------------

/// First frame of the controller.
struct Hello {
  std::uint32_t min_version = 0;
  std::uint32_t max_version = 0;
  std::vector<std::string> features;
  std::string build;         ///< version of the controller
  std::int64_t wall_ms = 0;  ///< controller's clock, UTC milliseconds since 1970
  std::string who;           ///< user@host that drives this session
  std::string run;           ///< id of the run; may be empty (ad-hoc commands)
  friend bool operator==(const Hello&, const Hello&) = default;
};

/// What the agent knows about its host without being asked.
struct Facts {
  std::string hostname;
  std::string os_id;       ///< ID of /etc/os-release: "debian"
  std::string os_version;  ///< VERSION_ID
  std::string os_name;     ///< PRETTY_NAME
  std::string kernel;      ///< uname -r
  std::string arch;        ///< uname -m
  std::string model;       ///< device tree model, "Raspberry Pi 4 Model B Rev 1.4"; may be empty
  std::string boot_id;     ///< /proc/sys/kernel/random/boot_id
  std::uint32_t cpus = 0;
  std::uint64_t memory_bytes = 0;
  std::uint64_t memory_available_bytes = 0;
  std::uint32_t uid = 0;
  std::string user;  ///< from /etc/passwd; the number as text when not there
  std::string home;
  std::string state_dir;  ///< where this agent keeps its state
  std::string init;       ///< "systemd" or comm of process 1
  std::uint64_t uptime_s = 0;
  friend bool operator==(const Facts&, const Facts&) = default;
};

/// How the last unfinished transaction ended when nobody watched; see docs/recovery.md.
struct Recovery {
  std::string transaction;
  std::string run;
  std::string reason;        ///< "watchdog expired", "agent was killed", "host rebooted"
  std::int64_t when_ms = 0;  ///< UTC
  std::vector<std::string> services;
  bool healthy = true;  ///< the restored state passed its checks
  std::string detail;   ///< first problem met, when not
  friend bool operator==(const Recovery&, const Recovery&) = default;
};

/// Answer to Hello.
struct HelloReply {
  std::uint32_t version = 0;
  std::vector<std::string> features;
  std::string build;
  std::int64_t wall_ms = 0;  ///< host's clock when answering
  Facts facts;
  std::optional<Recovery> recovered;  ///< set when this very start finished a recovery
  friend bool operator==(const HelloReply&, const HelloReply&) = default;
};

// ---- check ----------------------------------------------------------------------------------

struct CheckRequest {
  std::vector<Check> checks;
  std::int64_t wall_ms = 0;  ///< controller's clock when sending, for CheckKind::kClock
  friend bool operator==(const CheckRequest&, const CheckRequest&) = default;
};

struct CheckReply {
  std::vector<Finding> findings;  ///< one per check, same order
  friend bool operator==(const CheckReply&, const CheckReply&) = default;
};

// ---- prepare --------------------------------------------------------------------------------

/// What a deployment intends. Changes nothing on the host.
struct PrepareRequest {
  std::vector<Release> releases;  ///< in the order they will be applied
  std::vector<Check> checks;      ///< pre-flight
  std::int64_t wall_ms = 0;
  bool remove_others = false;  ///< reserved: services not named are left alone while false
  friend bool operator==(const PrepareRequest&, const PrepareRequest&) = default;
};

enum class ChangeKind : std::uint16_t {
  kAdd = 1,
  kModify = 2,      ///< content differs (mode and owner may too)
  kAttributes = 3,  ///< only mode or owner differ
  kRemove = 4,      ///< in the release in force, not in the new one
};

/// One path that would change.
struct FileChange {
  ChangeKind kind = ChangeKind::kAdd;
  std::string path;
  bool unmanaged = false;  ///< the file on the host is not what gannet put there
  bool secret = false;
  std::uint64_t old_size = 0;
  std::uint64_t new_size = 0;
  std::uint32_t old_mode = 0;
  std::uint32_t new_mode = 0;
  std::string old_owner;  ///< "user:group", names where known
  std::string new_owner;
  std::string old_digest;  ///< hex; empty when absent
  friend bool operator==(const FileChange&, const FileChange&) = default;
};

/// What one service of the request comes to.
struct ServicePlan {
  std::string service;
  std::string current;  ///< id of the release in force; empty: none
  std::string current_tag;
  std::vector<FileChange> files;    ///< empty and !hooks_changed: this service is unchanged
  bool definition_changed = false;  ///< hooks or gate differ from the release in force
  friend bool operator==(const ServicePlan&, const ServicePlan&) = default;
};

struct PrepareReply {
  std::vector<Finding> findings;   ///< pre-flight, same order as the checks, then the agent's own
  std::vector<ServicePlan> plans;  ///< one per release, same order
  std::vector<Digest> missing;     ///< blobs to upload, no digest twice
  friend bool operator==(const PrepareReply&, const PrepareReply&) = default;
};

// ---- upload ---------------------------------------------------------------------------------

/// Announces a zstd stream in kData frames: for each blob 32 bytes digest, 8 bytes size (little-
/// endian), then the content. Blobs are kept one by one as they are complete and verified.
struct UploadRequest {
  std::uint32_t count = 0;
  std::uint64_t bytes = 0;  ///< sum of sizes, uncompressed
  friend bool operator==(const UploadRequest&, const UploadRequest&) = default;
};

struct UploadReply {
  std::uint32_t stored = 0;  ///< blobs that were not there before
  std::uint64_t bytes = 0;
  friend bool operator==(const UploadReply&, const UploadReply&) = default;
};

// ---- apply ----------------------------------------------------------------------------------

struct ApplyRequest {
  std::string transaction;  ///< unique id, same rules as Release::id
  std::string run;
  std::string reason;               ///< "deploy v1.2.0": shown to whoever finds the host locked
  std::vector<Release> releases;    ///< what was prepared; unchanged services are left out
  std::uint64_t watchdog_ms = 0;    ///< from arming to automatic restore; 0: no watchdog
  std::uint32_t keep_releases = 5;  ///< per service, when committed
  friend bool operator==(const ApplyRequest&, const ApplyRequest&) = default;
};

enum class ApplyOutcome : std::uint16_t {
  kHealthy = 1,        ///< in place and healthy; waits for commit
  kRestored = 2,       ///< something failed; what was there before is back and healthy
  kRestoreFailed = 3,  ///< something failed, and going back failed too (see error)
};

struct ApplyReply {
  ApplyOutcome outcome = ApplyOutcome::kHealthy;
  Code code = Code::kInternal;  ///< why not healthy; unused when kHealthy
  std::string error;            ///< "api: health: http ...: answered 500"
  std::string hint;
  std::string restore_error;            ///< when kRestoreFailed
  std::vector<std::string> last_lines;  ///< output of what failed
  std::vector<Finding> findings;        ///< of the health gate, last round
  std::uint64_t watchdog_left_ms = 0;   ///< when kHealthy: time to commit
  friend bool operator==(const ApplyReply&, const ApplyReply&) = default;
};

// ---- commit, restore ------------------------------------------------------------------------

struct CommitRequest {
  std::string transaction;
  friend bool operator==(const CommitRequest&, const CommitRequest&) = default;
};

struct CommitReply {
  std::vector<std::string> releases;  ///< ids now in force
  std::uint32_t pruned = 0;           ///< releases dropped
  friend bool operator==(const CommitReply&, const CommitReply&) = default;
};

/// Puts back what transaction changed, now. Fine to send twice.
struct RestoreRequest {
  std::string transaction;
  std::string reason;
  friend bool operator==(const RestoreRequest&, const RestoreRequest&) = default;
};

struct RestoreReply {
  bool restored = false;  ///< false: no such transaction was open (it is committed or restored)
  bool healthy = true;
  std::string detail;
  friend bool operator==(const RestoreReply&, const RestoreReply&) = default;
};

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

// ---- agent -> controller --------------------------------------------------------------------

enum class EventKind : std::uint16_t {
  kStep = 1,    ///< text: "snapshot", "write 12 files", "health 2/3 s"
  kStdout = 2,  ///< data of a command
  kStderr = 3,
  kArmed = 4,  ///< the watchdog is set; value: milliseconds it has
};

struct Event {
  EventKind kind = EventKind::kStep;
  std::string service;  ///< empty: the host as a whole
  std::string text;     ///< raw bytes for kStdout and kStderr
  std::uint64_t value = 0;
  friend bool operator==(const Event&, const Event&) = default;
};

struct ErrorMessage {
  Code code = Code::kInternal;
  std::string context;
  std::string hint;
  friend bool operator==(const ErrorMessage&, const ErrorMessage&) = default;
};

// Requests and replies without fields (kPing, kCancel) have empty payloads.

#define GANNET_FOR_EACH_MESSAGE(X)                                                                 \
  X(Hello)                                                                                         \
  X(Facts) X(Recovery) X(HelloReply) X(CheckRequest) X(CheckReply) X(PrepareRequest) X(FileChange) \
      X(ServicePlan) X(PrepareReply) X(UploadRequest) X(UploadReply) X(ApplyRequest) X(ApplyReply) \
          X(CommitRequest) X(CommitReply) X(RestoreRequest) X(RestoreReply) X(StatusRequest)       \
              X(ReleaseInfo) X(ServiceStatus) X(LockInfo) X(PendingInfo) X(StatusReply)            \
                  X(GetReleaseRequest) X(GetReleaseReply) X(ReadFileRequest) X(ReadFileReply)      \
                      X(ExecRequest) X(ExecReply) X(LockRequest) X(UnlockRequest) X(LockReply)     \
                          X(RemoveRequest) X(RemoveReply) X(Event) X(ErrorMessage)

#define GANNET_DECLARE_ENCODE(Message) [[nodiscard]] Bytes encode(const Message& message);
GANNET_FOR_EACH_MESSAGE(GANNET_DECLARE_ENCODE)
#undef GANNET_DECLARE_ENCODE

#define GANNET_DECLARE_DECODE(Message) \
  template <>                          \
  Result<Message> decode<Message>(std::span<const std::byte> payload);
GANNET_FOR_EACH_MESSAGE(GANNET_DECLARE_DECODE)
#undef GANNET_DECLARE_DECODE

/// An error as it travels, and back.
[[nodiscard]] ErrorMessage to_message(const Error& error);
[[nodiscard]] Error to_error(ErrorMessage message);

}  // namespace gannet::protocol
