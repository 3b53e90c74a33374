// Every file content that gannet has to be able to write, once: blobs/<aa>/<sha256>.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/core/file_system.h"
#include "agent/core/file_tools.h"
#include "agent/core/state_paths.h"
#include "base/hash.h"
#include "base/result.h"

namespace gannet::agent {

/// A blob on its way into the store. Kept by keep(); removed by drop().
struct NewBlob {
  std::string temp;  ///< where it is until it is kept
  Digest digest;
  std::uint64_t size = 0;
};

/// Blobs are immutable. A blob under its name is whole and was synced before it got that name.
class ContentStore {
 public:
  ContentStore(FileSystem& files, StatePaths paths) : files_(files), paths_(std::move(paths)) {}

  [[nodiscard]] std::string path_of(const Digest& digest) const;
  [[nodiscard]] Result<bool> has(const Digest& digest) const;

  /// Starts a temporary file for a blob that shall become `expected`; `temp` is its path.
  [[nodiscard]] Result<std::unique_ptr<FileWriter>> create(const Digest& expected,
                                                           std::string& temp) const;
  /// Syncs the temporary files, gives them their names and syncs those. All or an error; after an
  /// error some may be kept, the others are removed.
  [[nodiscard]] Result<> keep(const std::vector<NewBlob>& blobs) const;
  void drop(const NewBlob& blob) const;

  /// Copies a file of the host beside the store. Errors: as FileSystem.
  [[nodiscard]] Result<NewBlob> import_file(const std::string& path, const Digest& expected) const;

  /// Removes all blobs that `is_needed` does not name. Returns how many. A blob that cannot be
  /// removed is an error; the rest is still tried.
  [[nodiscard]] Result<std::uint32_t> prune(
      const std::function<bool(const std::string& hex)>& is_needed) const;

 private:
  [[nodiscard]] Result<> publish(const std::vector<NewBlob>& blobs) const;

  FileSystem& files_;
  StatePaths paths_;
};

}  // namespace gannet::agent
