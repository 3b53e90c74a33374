// The door to the host's files. The transaction engine does nothing to a disk except through it,
// so that tests can put a disk behind it that dies, forgets or fills up at any operation.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gannet::agent {

enum class FileKind : std::uint8_t { kFile, kDirectory, kSymlink, kOther };

/// What lstat(2) says.
struct FileInfo {
  FileKind kind = FileKind::kFile;
  std::uint32_t mode = 0;  ///< permission bits, 0..07777
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::uint64_t size = 0;    ///< bytes
  std::uint64_t device = 0;  ///< same number: same file system
  std::uint64_t inode = 0;
  std::int64_t changed_ms = 0;  ///< time of the last change of the content: UTC, since 1970
};

/// Room on a file system for whoever asks (without what is reserved for root).
struct SpaceInfo {
  std::uint64_t free_bytes = 0;
  std::uint64_t free_inodes = 0;  ///< meaningless when !counts_inodes
  bool counts_inodes = true;      ///< false on btrfs and the like
  bool read_only = false;
  std::uint64_t device = 0;  ///< as in FileInfo, of the directory itself when reached by a symlink
};

/// Whoever the agent runs as.
struct Identity {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  std::vector<std::uint32_t> groups;  ///< supplementary
};

class FileReader {
 public:
  virtual ~FileReader() = default;
  /// Fills the front of `buffer`; returns the number of bytes, 0 at the end of the file.
  [[nodiscard]] virtual Result<std::size_t> read(std::span<std::byte> buffer) = 0;
};

/// A file that create() made. Destroying it closes it; what is not synced may be lost.
class FileWriter {
 public:
  virtual ~FileWriter() = default;
  [[nodiscard]] virtual Result<> write(std::span<const std::byte> bytes) = 0;
  [[nodiscard]] virtual Result<> set_owner(std::uint32_t uid, std::uint32_t gid) = 0;
  /// After set_owner(): chown(2) drops set-user-id bits.
  [[nodiscard]] virtual Result<> set_mode(std::uint32_t mode) = 0;
  [[nodiscard]] virtual Result<> sync() = 0;
};

/// Held until destroyed, or until its process dies.
class FileLock {
 public:
  virtual ~FileLock() = default;
  /// Replaces the content of the lock file: for whoever finds it held. Not durable.
  [[nodiscard]] virtual Result<> describe(std::string_view text) = 0;
};

enum class LockMode : std::uint8_t { kShared, kExclusive };

/// All paths are absolute and clean. What names a file never follows a symlink in its last
/// component. A symlink among the parents, or where a directory is asked for (list, sync_dir,
/// sync_file_system, space, check_writable), is followed only when nobody but root and the agent's
/// own user can have put it there (docs/recovery.md, "Symlinks"); else the operation fails with
/// kConflict.
/// Errors of every operation: kNoSpace, kReadOnly, kPermission, kNotFound, kConflict (already
/// there, not empty, or of another kind), else kRemoteIo. The text names operation and path.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  /// nullopt when nothing is there, or when a parent is missing.
  [[nodiscard]] virtual Result<std::optional<FileInfo>> stat(const std::string& path) = 0;
  /// Opens a regular file; kConflict for anything else.
  [[nodiscard]] virtual Result<std::unique_ptr<FileReader>> open(const std::string& path) = 0;
  /// Creates a file with mode 0600; kConflict when something is there.
  [[nodiscard]] virtual Result<std::unique_ptr<FileWriter>> create(const std::string& path) = 0;
  /// Names in a directory, sorted, without "." and "..".
  [[nodiscard]] virtual Result<std::vector<std::string>> list(const std::string& path) = 0;
  [[nodiscard]] virtual Result<std::string> read_link(const std::string& path) = 0;

  [[nodiscard]] virtual Result<> make_dir(const std::string& path, std::uint32_t mode) = 0;
  [[nodiscard]] virtual Result<> remove_dir(const std::string& path) = 0;
  [[nodiscard]] virtual Result<> unlink(const std::string& path) = 0;
  /// Replaces `to` in one step. Refuses (kConflict) when `to` is a symlink or a directory.
  [[nodiscard]] virtual Result<> rename(const std::string& from, const std::string& to) = 0;

  /// Makes content and attributes of a file last.
  [[nodiscard]] virtual Result<> sync_file(const std::string& path) = 0;
  /// Makes the names in a directory last.
  [[nodiscard]] virtual Result<> sync_dir(const std::string& path) = 0;
  /// Makes everything on the file system that holds directory `path` last.
  [[nodiscard]] virtual Result<> sync_file_system(const std::string& path) = 0;

  [[nodiscard]] virtual Result<SpaceInfo> space(const std::string& path) = 0;
  /// Errors: kPermission, kReadOnly when names in directory `path` cannot be changed.
  [[nodiscard]] virtual Result<> check_writable(const std::string& path) = 0;
  /// Creates `path` when missing. nullptr when another holds it.
  [[nodiscard]] virtual Result<std::unique_ptr<FileLock>> try_lock(const std::string& path,
                                                                   LockMode mode) = 0;
  [[nodiscard]] virtual Identity identity() = 0;
};

}  // namespace gannet::agent
