// What is built from FileSystem's operations and used all over the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/file_system.h"
#include "base/hash.h"
#include "base/result.h"
#include "protocol/wire.h"

namespace gannet::agent {

/// Directory part of a clean absolute path; "/" for a path right below the root.
[[nodiscard]] std::string parent_of(std::string_view path);
/// `name` in `directory`.
[[nodiscard]] std::string path_in(std::string_view directory, std::string_view name);
/// Last component.
[[nodiscard]] std::string name_of(std::string_view path);

/// The whole content. Errors: as FileSystem, and kNoSpace never; kConflict above `limit` bytes.
[[nodiscard]] Result<protocol::Bytes> read_file(FileSystem& files, const std::string& path,
                                                std::uint64_t limit);
/// read_file for small text such as /etc/passwd.
[[nodiscard]] Result<std::string> read_text(FileSystem& files, const std::string& path,
                                            std::uint64_t limit);

/// Streams through a file; memory stays small.
[[nodiscard]] Result<Digest> hash_file(FileSystem& files, const std::string& path);

/// Copies `from` into `to`, with the digest and size of what was copied.
struct Copied {
  Digest digest;
  std::uint64_t size = 0;
};
[[nodiscard]] Result<Copied> copy_file(FileSystem& files, const std::string& from, FileWriter& to);

/// Replaces a small file for good: temporary file, sync, rename, sync of the directory. Leaves no
/// temporary file behind when it fails.
[[nodiscard]] Result<> replace_file(FileSystem& files, const std::string& path,
                                    std::span<const std::byte> content);
/// First half of replace_file: the synced temporary file, waiting for publish_file.
[[nodiscard]] Result<> stage_file(FileSystem& files, const std::string& path,
                                  std::span<const std::byte> content);
/// Second half; the directory is not synced.
[[nodiscard]] Result<> publish_file(FileSystem& files, const std::string& path);

/// Takes back what stage_file left, if it is there.
[[nodiscard]] Result<> unstage_file(FileSystem& files, const std::string& path);

/// Names of temporary files begin with this; listings of the state skip them.
inline constexpr std::string_view kTempPrefix = ".gannet-";

/// unlink() that is content when nothing is there.
[[nodiscard]] Result<> remove_if_there(FileSystem& files, const std::string& path);

/// True when `path` is a directory, or a symlink to one that may be followed.
/// Errors: kConflict when something else is there.
[[nodiscard]] Result<bool> is_directory(FileSystem& files, const std::string& path);

/// Directories above `path` that are missing, outermost first.
[[nodiscard]] Result<std::vector<std::string>> missing_parents(FileSystem& files,
                                                               const std::string& path);

/// Removes `path` and all below it, following no symlink; appends what went to `removed`.
[[nodiscard]] Result<> remove_tree(FileSystem& files, const std::string& path,
                                   std::vector<std::string>& removed);

/// Makes `paths` last: one by one, or a file system at once when there are many on it.
[[nodiscard]] Result<> sync_files(FileSystem& files, const std::vector<std::string>& paths);
/// The same for names in directories; those that are gone are skipped.
[[nodiscard]] Result<> sync_dirs(FileSystem& files, const std::set<std::string>& directories);

}  // namespace gannet::agent
