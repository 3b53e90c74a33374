// Where the files in a tar archive begin and end. Contents are not read, nothing is unpacked.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "controller/images/archive_file.h"

namespace gannet::controller {

/// A regular file of an archive.
struct TarEntry {
  std::uint64_t offset = 0;  ///< of its first byte, in the archive
  std::uint64_t size = 0;    ///< bytes
};

/// The regular files of a tar archive by name (ustar; GNU long names; pax path, linkpath, size),
/// and the links to them that `docker save` writes for layers that occur twice.
///
/// Names are looked up, never opened: "./a" and "/a" are "a", and one that leads out of the
/// archive with ".." is not found.
class TarIndex {
 public:
  /// Errors: kInvalidInput, naming archive and place, when it is no tar, damaged or cut off;
  /// those of ArchiveFile.
  [[nodiscard]] static Result<TarIndex> read(const std::shared_ptr<const ArchiveFile>& file);

  /// Null when there is no such file. Links are followed.
  [[nodiscard]] const TarEntry* find(std::string_view name) const;

 private:
  friend class TarScan;

  std::map<std::string, TarEntry, std::less<>> files_;
  std::map<std::string, std::string, std::less<>> links_;  ///< name -> name, both clean
};

}  // namespace gannet::controller
