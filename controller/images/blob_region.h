// A blob inside an archive: where its bytes are and how they are packed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/hash.h"
#include "base/result.h"
#include "controller/images/archive_file.h"

namespace gannet::controller {

enum class Compression : std::uint8_t { kNone, kGzip, kZstd };

/// Part of an archive. `digest` and `bytes` are those of the content: unpacked.
struct BlobRegion {
  std::shared_ptr<const ArchiveFile> file;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;  ///< bytes in the archive
  Compression compression = Compression::kNone;
  std::string name;  ///< for messages: "build/api.tar: blobs/sha256/4f..."
  Digest digest;
  std::uint64_t bytes = 0;
};

/// Reads a region from its beginning, unpacked.
class RegionReader {
 public:
  virtual ~RegionReader() = default;
  /// Fills the front of `buffer`, which is not empty; 0 at the end. Errors: kInvalidInput naming
  /// the region when it is damaged or cut off; those of ArchiveFile.
  [[nodiscard]] virtual Result<std::size_t> read(std::span<std::byte> buffer) = 0;

  /// `digest` and `bytes` of `region` are not looked at.
  [[nodiscard]] static Result<std::unique_ptr<RegionReader>> open(const BlobRegion& region);
};

/// What the first bytes of a region say.
[[nodiscard]] Result<Compression> detect_compression(const ArchiveFile& file, std::uint64_t offset,
                                                     std::uint64_t size);

}  // namespace gannet::controller
