// The one writer: brings paths into given states, whether they come from a release or a snapshot.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "agent/core/content_store.h"
#include "agent/core/file_system.h"
#include "agent/core/snapshot.h"
#include "base/result.h"

namespace gannet::agent {

enum class Order : std::uint8_t {
  kWriteFirst,   ///< going forward: nothing is missing at any time
  kRemoveFirst,  ///< going back: a full disk gets room before anything is written
};

/// Every path is old or new at every moment; a new one is on the disk before it gets its name.
/// Idempotent: what is already as wanted is not touched.
class ChangeWriter {
 public:
  /// `transaction` makes the names of temporary files known to whoever has to remove them.
  ChangeWriter(FileSystem& files, const ContentStore& store, std::string transaction)
      : files_(files), store_(store), transaction_(std::move(transaction)) {}

  /// Brings all `wanted` about and makes it last. After an error some paths are new, some old;
  /// no temporary file stays. Errors: as FileSystem; kCorrupt when a blob is damaged or gone.
  [[nodiscard]] Result<> bring_about(const std::vector<PathState>& wanted, Order order);

  /// Removes what a writer that died left beside `paths`.
  [[nodiscard]] Result<> remove_temps(const std::vector<PathState>& paths);

 private:
  [[nodiscard]] std::string temp_of(const std::string& path) const;
  [[nodiscard]] Result<> write(const std::vector<PathState>& wanted);
  [[nodiscard]] Result<> write_temp(const PathState& state);
  [[nodiscard]] Result<> fill_temp(const PathState& state, const std::string& temp,
                                   FileWriter& writer);
  [[nodiscard]] Result<> make_parents(const std::string& path);
  [[nodiscard]] Result<> remove(const std::vector<PathState>& wanted);

  FileSystem& files_;
  const ContentStore& store_;
  std::string transaction_;
  std::set<std::string> touched_;  ///< directories whose names changed, not synced yet
};

}  // namespace gannet::agent
