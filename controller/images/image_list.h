// Which images an archive holds.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "controller/images/archive_file.h"
#include "controller/images/platform.h"
#include "controller/images/tar_reader.h"

namespace gannet::controller {

/// An image as its archive describes it. Whether its layers are what they should be is not looked
/// at.
struct StoredImage {
  std::vector<std::string> names;   ///< "api:dev"; empty: the archive gives it none
  std::string config_entry;         ///< in the archive
  Digest config;                    ///< of the configuration: the image's id
  std::uint64_t config_size = 0;    ///< bytes
  std::vector<std::string> layers;  ///< names in the archive, from the base up
  std::vector<Digest> diff_ids;     ///< of the layers, says the configuration
  Platform platform;
};

/// The images of an archive made by `docker save` (manifest.json) or in the OCI layout
/// (index.json, also with an index for each platform), each once. Those of which the archive holds
/// no configuration (sparse OCI archives) and attestations are left out.
/// Errors: kInvalidInput naming archive and entry, when it is neither or makes no sense.
[[nodiscard]] Result<std::vector<StoredImage>> list_images(
    const std::shared_ptr<const ArchiveFile>& file, const TarIndex& index);

}  // namespace gannet::controller
