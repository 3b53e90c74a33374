#include "controller/images/image_archive.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "controller/images/image_reference.h"
#include "controller/images/temp_folder.h"

namespace gannet::controller {
namespace {

constexpr std::size_t kPiece = 256UL * 1024UL;  // bytes read at once

tl::unexpected<Error> interrupted(const std::string& name) {
  return fail(Code::kInterrupted, name + ": interrupted");
}

/// Reads all of a region and hands the pieces on.
template <class Sink>
Result<> read_all(const BlobRegion& region, const CancelFlag& cancelled, Sink sink) {
  TRY(const auto reader, RegionReader::open(region));
  std::vector<std::byte> piece(kPiece);
  for (;;) {
    if (cancelled) return interrupted(region.name);
    TRY(const std::size_t got, reader->read(piece));
    if (got == 0) return {};
    TRY_VOID(sink(std::span<const std::byte>(piece).first(got)));
  }
}

/// The file itself, or its content in a file without a name when it is packed.
Result<std::shared_ptr<const ArchiveFile>> unpacked(std::shared_ptr<const ArchiveFile> file,
                                                    const CancelFlag& cancelled) {
  BlobRegion all;
  TRY(all.compression, detect_compression(*file, 0, file->size()));
  if (all.compression == Compression::kNone) return file;
  all.file = file;
  all.size = file->size();
  all.name = file->name();
  TRY(const auto folder, TempFolder::make());
  const std::filesystem::path path = folder.path() / "archive.tar";
  TRY(TempWriter writer, TempWriter::create(path));
  TRY_VOID(read_all(all, cancelled,
                    [&writer](std::span<const std::byte> piece) { return writer.write(piece); }));
  return ArchiveFile::open(path, file->name());
}

std::string platforms_of(const std::vector<const StoredImage*>& images) {
  std::set<std::string> platforms;
  for (const auto* image : images) platforms.insert(to_string(image->platform));
  return join(std::vector<std::string>(platforms.begin(), platforms.end()), ", ");
}

}  // namespace

Result<std::shared_ptr<ImageArchive>> ImageArchive::open(const std::filesystem::path& path,
                                                         std::string name,
                                                         const CancelFlag& cancelled) {
  std::shared_ptr<ImageArchive> archive(new ImageArchive());
  TRY(auto file, ArchiveFile::open(path, std::move(name)));
  TRY(archive->file_, unpacked(std::move(file), cancelled));
  TRY(archive->index_, TarIndex::read(archive->file_));
  TRY(archive->images_, list_images(archive->file_, archive->index_));
  if (archive->images_.empty())
    return fail(Code::kInvalidInput, archive->name() + ": holds no image",
                "make one with docker save -o FILE IMAGE, or as an OCI archive");
  return archive;
}

// ---- which image ----------------------------------------------------------------------------

/// Those called `reference`; all of them when they are one image for several platforms.
Result<std::vector<const StoredImage*>> ImageArchive::named(std::string_view reference) const {
  std::vector<const StoredImage*> found;
  std::vector<const StoredImage*> all;
  std::set<std::string> names;
  bool alike = true;
  for (const StoredImage& image : images_) {
    all.push_back(&image);
    alike = alike && image.names == images_.front().names;
    for (const auto& name : image.names) names.insert(printable(name));
    const auto meant = [&](const std::string& name) { return means(name, reference); };
    if (std::ranges::any_of(image.names, meant)) found.push_back(&image);
  }
  if (!found.empty()) return found;
  if (alike) return all;
  const std::vector<std::string> list(names.begin(), names.end());
  return fail(Code::kNotFound,
              name() + ": none of its " + std::to_string(images_.size()) + " images is called " +
                  printable(reference) + "; there are " + join(list, ", "),
              "docker save that image alone, or give it that name");
}

Result<const StoredImage*> ImageArchive::fitting(std::string_view reference,
                                                 const Platform& host) const {
  TRY(const auto candidates, named(reference));
  const StoredImage* best = nullptr;
  for (const StoredImage* image : candidates) {
    const int fit = fitness(image->platform, host);
    if (fit > (best == nullptr ? 0 : fitness(best->platform, host))) best = image;
  }
  if (best != nullptr) return best;
  return fail(Code::kPreflight,
              name() + ": " + printable(reference) + " is made for " +
                  printable(platforms_of(candidates)) + ", this host is " + to_string(host),
              "build it for this host, too: docker buildx build --platform " + to_string(host));
}

Result<ShippedImage> ImageArchive::pick(std::string_view reference, const Platform& host,
                                        const CancelFlag& cancelled) {
  TRY(const StoredImage* image, fitting(reference, host));
  return ship(*image, cancelled);
}

// ---- what it is made of ---------------------------------------------------------------------

Result<BlobRegion> ImageArchive::region_of(const std::string& entry) const {
  BlobRegion region;
  region.name = name() + ": " + printable(entry);
  const TarEntry* found = index_.find(entry);
  if (found == nullptr)
    return fail(Code::kInvalidInput, region.name + ": is not in the archive",
                "the archive is cut off, or holds only what its maker lacked: save all of it");
  region.file = file_;
  region.offset = found->offset;
  region.size = found->size;
  TRY(region.compression, detect_compression(*file_, found->offset, found->size));
  return region;
}

Result<> ImageArchive::measure(BlobRegion& region, const CancelFlag& cancelled) {
  const std::lock_guard lock(mutex_);
  auto known = measured_.find(region.offset);
  if (known == measured_.end()) {
    Sha256 hash;
    Measured measured;
    TRY_VOID(read_all(region, cancelled, [&](std::span<const std::byte> piece) {
      hash.update(piece);
      measured.bytes += piece.size();
      return Result<>{};
    }));
    measured.digest = hash.finish();
    known = measured_.emplace(region.offset, measured).first;
  }
  region.digest = known->second.digest;
  region.bytes = known->second.bytes;
  return {};
}

Result<ShippedImage> ImageArchive::ship(const StoredImage& image, const CancelFlag& cancelled) {
  ShippedImage shipped;
  shipped.config = image.config;
  shipped.config_size = image.config_size;
  TRY(BlobRegion config, region_of(image.config_entry));
  config.compression = Compression::kNone;
  config.digest = image.config;
  config.bytes = image.config_size;
  shipped.blobs.push_back(std::move(config));
  std::set<Digest> seen;
  for (std::size_t i = 0; i < image.layers.size(); ++i) {
    TRY(BlobRegion layer, region_of(image.layers[i]));
    TRY_VOID(measure(layer, cancelled));
    if (layer.digest != image.diff_ids[i])
      return fail(Code::kInvalidInput,
                  layer.name + ": holds sha256:" + layer.digest.hex() +
                      ", the image's configuration names sha256:" + image.diff_ids[i].hex(),
                  "the archive is damaged: make it again");
    shipped.layers.push_back({layer.digest, layer.bytes});
    if (seen.insert(layer.digest).second) shipped.blobs.push_back(std::move(layer));
  }
  return shipped;
}

}  // namespace gannet::controller
