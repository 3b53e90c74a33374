// What is under way on this host: written and synced before the first change, removed after the
// last. From it alone a host can be put back.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/file_system.h"
#include "agent/core/snapshot.h"
#include "agent/core/state_paths.h"
#include "base/result.h"
#include "protocol/messages.h"
#include "protocol/release.h"

namespace gannet::agent {

enum class JournalState : std::uint16_t {
  kApplying = 1,    ///< changes may be half-made: to be put back, by nobody but the flock's holder
  kApplied = 2,     ///< all is in place and healthy; waits for its commit
  kCommitting = 3,  ///< decided: to be finished
  kRebooting = 4,   ///< in place; the host restarts as planned, then the gates follow
};

struct Journal {
  JournalState state = JournalState::kApplying;
  std::string transaction;
  std::string run;
  std::string who;
  std::string reason;
  std::string restarted_boot_id;        ///< boot after the planned restart, once seen
  std::string boot_id;                  ///< a change that a reboot cut short is put back
  std::int64_t since_ms = 0;            ///< UTC
  std::int64_t deadline_ms = 0;         ///< UTC, for people; 0: no watchdog
  std::int64_t deadline_steady_ms = 0;  ///< the same on the boot's steady clock: what counts
  std::uint64_t watchdog_ms = 0;
  std::int64_t committed_ms = 0;  ///< UTC; set when committing
  std::uint32_t keep_releases = 0;
  bool after_begun = false;  ///< `after` hooks of the new releases may have run
  std::vector<protocol::Release> releases;
  std::vector<std::string> previous;  ///< ids in force before, in the order of `releases`
  /// Which image each name means for a release, in the order of `releases`.
  std::vector<std::vector<protocol::ImageTag>> images;
  Snapshot before;
  protocol::RuntimeState running;  ///< what ran before

  friend bool operator==(const Journal&, const Journal&) = default;

  [[nodiscard]] std::vector<std::string> services() const;
  [[nodiscard]] protocol::PendingInfo pending() const;
};

[[nodiscard]] protocol::Bytes encode_journal(const Journal& journal);
[[nodiscard]] Result<Journal> decode_journal(std::span<const std::byte> payload);

class JournalStore {
 public:
  JournalStore(FileSystem& files, StatePaths paths) : files_(files), paths_(std::move(paths)) {}

  [[nodiscard]] std::string path_of(std::string_view transaction) const;
  /// Transactions that are open; at most one unless somebody copied files by hand.
  [[nodiscard]] Result<std::vector<std::string>> open_ones() const;
  /// True when a writer that died left a temporary file.
  [[nodiscard]] Result<bool> has_temps() const;
  [[nodiscard]] Result<> remove_temps() const;
  /// Errors: kNotFound when it is not open, kCorrupt naming the file and the way out.
  [[nodiscard]] Result<Journal> load(const std::string& transaction) const;
  /// Replaces the journal in one step, for good.
  [[nodiscard]] Result<> save(const Journal& journal) const;
  [[nodiscard]] Result<> remove(const std::string& transaction) const;

 private:
  FileSystem& files_;
  StatePaths paths_;
};

}  // namespace gannet::agent
