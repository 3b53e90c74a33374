// Contents on their way to hosts: read and compressed once, sent to many.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "controller/fleet/agent_link.h"
#include "controller/images/blob_region.h"
#include "playbooks/render.h"
#include "protocol/messages.h"

namespace gannet::controller {

/// All contents that any host of a run may need, by digest.
class BlobSource {
 public:
  void add(const playbooks::RenderedService& service);
  void add(const playbooks::Content& content);
  /// Part of an image's archive.
  void add(const BlobRegion& region);

  /// The content with this digest; null when nobody added it, or when it is part of an image.
  [[nodiscard]] const playbooks::Content* find(const Digest& digest) const;
  /// How many of them are parts of images.
  [[nodiscard]] std::size_t count_regions(const std::vector<Digest>& digests) const;
  /// Sum of the sizes in bytes. Unknown digests count as nothing.
  [[nodiscard]] std::uint64_t bytes_of(const std::vector<Digest>& digests) const;
  /// The whole content of find(). Errors: kNotFound, kIo, kConflict when the file has changed its
  /// size.
  [[nodiscard]] Result<std::string> read(const Digest& digest) const;

  /// A blob as it goes to a host.
  struct Opened {
    std::unique_ptr<RegionReader> reader;
    std::uint64_t bytes = 0;  ///< that it will give
    std::string name;         ///< of the file, for messages
  };
  /// Errors: kNotFound, kIo; kConflict when an archive was written to.
  [[nodiscard]] Result<Opened> open(const Digest& digest) const;

 private:
  std::map<Digest, playbooks::Content> contents_;
  std::map<Digest, BlobRegion> regions_;
};

/// One zstd stream of blobs in pieces of at most 256 KiB; see protocol::UploadRequest.
class BlobStream {
 public:
  /// `source` outlives the stream.
  BlobStream(const BlobSource& source, std::vector<Digest> digests);
  ~BlobStream();
  BlobStream(const BlobStream&) = delete;
  BlobStream& operator=(const BlobStream&) = delete;

  /// The next piece; null at the end. Errors: as BlobSource::open(), and kConflict for a file that
  /// has not its size of before.
  [[nodiscard]] Result<std::shared_ptr<const protocol::Bytes>> next();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Sends blobs. Streams of up to 32 MiB are compressed once and remembered, because the next hosts
/// mostly miss the same.
class Uploader {
 public:
  /// `source` outlives the uploader.
  explicit Uploader(const BlobSource& source) : source_(source) {}

  [[nodiscard]] const BlobSource& source() const { return source_; }

  /// Errors: those of the link and of BlobStream.
  [[nodiscard]] Task<Result<protocol::UploadReply>> upload(std::shared_ptr<AgentLink> link,
                                                           std::vector<Digest> digests);

 private:
  using Pieces = std::vector<std::shared_ptr<const protocol::Bytes>>;

  [[nodiscard]] Result<std::shared_ptr<const Pieces>> pieces(const std::vector<Digest>& digests);
  [[nodiscard]] Task<Result<>> send_pieces(AgentLink* link, Ticket ticket,
                                           std::vector<Digest> digests);

  const BlobSource& source_;
  std::map<std::vector<Digest>, std::shared_ptr<const Pieces>> remembered_;
  std::uint64_t remembered_bytes_ = 0;
};

}  // namespace gannet::controller
