// Messages that change a host: prepare, upload, apply, commit, restore. See protocol/messages.h.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "protocol/check.h"
#include "protocol/release.h"
#include "protocol/wire.h"

namespace gannet::protocol {

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

/// Something besides files that an apply would do: "restart x.service" as "/etc/x.env changes".
struct PlannedAction {
  std::string what;
  std::string why;
  friend bool operator==(const PlannedAction&, const PlannedAction&) = default;
};

/// What one service of the request comes to.
struct ServicePlan {
  std::string service;
  std::string current;  ///< id of the release in force; empty: none
  std::string current_tag;
  std::vector<FileChange> files;       ///< this and actions empty, !definition_changed: unchanged
  bool definition_changed = false;     ///< hooks or gate differ from the release in force
  std::vector<PlannedAction> actions;  ///< in the order they would be taken
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
  bool go_on = false;               ///< after a planned restart: `transaction` and nothing else
  friend bool operator==(const ApplyRequest&, const ApplyRequest&) = default;
};

enum class ApplyOutcome : std::uint16_t {
  kHealthy = 1,        ///< in place and healthy; waits for commit
  kRestored = 2,       ///< something failed; what was there before is back and healthy
  kRestoreFailed = 3,  ///< something failed, and going back failed too (see error)
  kRefused = 4,        ///< something failed before the first change: an image could not be had
  kRebooting = 5,      ///< in place; the host restarts as planned: go_on when it is back
};

struct ApplyReply {
  ApplyOutcome outcome = ApplyOutcome::kHealthy;
  Code code = Code::kInternal;  ///< why not healthy; unused when kHealthy
  std::string error;            ///< "api: health: http ...: answered 500"
  std::string hint;
  std::string restore_error;            ///< when kRestoreFailed
  std::vector<std::string> last_lines;  ///< output of what failed; when kRebooting: for what
  std::vector<Finding> findings;        ///< of the health gate, last round
  std::uint64_t watchdog_left_ms = 0;   ///< when kHealthy: to commit; when kRebooting: to be back
  std::vector<ImageTag> images{};       ///< what names came to; `id`: the registry's digest
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
  std::string transaction, reason;
  friend bool operator==(const RestoreRequest&, const RestoreRequest&) = default;
};

struct RestoreReply {
  bool restored = false;  ///< false: no such transaction was open (it is committed or restored)
  bool healthy = true;
  std::string detail;
  friend bool operator==(const RestoreReply&, const RestoreReply&) = default;
};

}  // namespace gannet::protocol
