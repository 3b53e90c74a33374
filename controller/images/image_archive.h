// Images in a file: made by `docker save`, or an OCI archive.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "controller/images/archive_file.h"
#include "controller/images/blob_region.h"
#include "controller/images/image_list.h"
#include "controller/images/platform.h"
#include "controller/images/tar_reader.h"
#include "protocol/activation.h"

namespace gannet::controller {

/// An image that can be sent to hosts.
struct ShippedImage {
  Digest config;  ///< the image's id
  std::uint64_t config_size = 0;
  std::vector<protocol::LayerSpec> layers;  ///< from the base up
  std::vector<BlobRegion> blobs;            ///< the configuration's and each layer's, each once
};

/// Set from another thread to end long work with kInterrupted.
using CancelFlag = std::atomic<bool>;

/// All functions may be called by several threads; they read from disk, so not by the loop's.
class ImageArchive {
 public:
  /// `name` is what messages call it; empty: the path. An archive that is packed as a whole
  /// (gzip, zstd) is unpacked into a temporary file without a name. Errors: kInvalidInput, naming
  /// archive and entry, when it holds no images or is damaged; kInterrupted; those of ArchiveFile.
  [[nodiscard]] static Result<std::shared_ptr<ImageArchive>> open(const std::filesystem::path& path,
                                                                  std::string name,
                                                                  const CancelFlag& cancelled);

  /// The image called `reference` (or the only one there is, whatever its name) that fits `host`
  /// best, after its layers were compared with what its configuration says. A layer is read once.
  /// Errors: kNotFound when several images are there and none has that name; kPreflight naming
  /// both platforms when none fits; kInvalidInput when a layer is missing or damaged;
  /// kInterrupted.
  [[nodiscard]] Result<ShippedImage> pick(std::string_view reference, const Platform& host,
                                          const CancelFlag& cancelled);

  [[nodiscard]] const std::vector<StoredImage>& images() const { return images_; }
  [[nodiscard]] const std::string& name() const { return file_->name(); }

 private:
  ImageArchive() = default;

  [[nodiscard]] Result<std::vector<const StoredImage*>> named(std::string_view reference) const;
  [[nodiscard]] Result<const StoredImage*> fitting(std::string_view reference,
                                                   const Platform& host) const;
  [[nodiscard]] Result<ShippedImage> ship(const StoredImage& image, const CancelFlag& cancelled);
  [[nodiscard]] Result<BlobRegion> region_of(const std::string& entry) const;
  [[nodiscard]] Result<> measure(BlobRegion& region, const CancelFlag& cancelled);

  std::shared_ptr<const ArchiveFile> file_;
  TarIndex index_;
  std::vector<StoredImage> images_;

  struct Measured {
    Digest digest;
    std::uint64_t bytes = 0;
  };
  std::mutex mutex_;                            ///< guards what follows; held while hashing
  std::map<std::uint64_t, Measured> measured_;  ///< by offset
};

}  // namespace gannet::controller
