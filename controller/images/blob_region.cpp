#include "controller/images/blob_region.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <zlib.h>
#include <zstd.h>

namespace gannet::controller {
namespace {

constexpr std::size_t kChunk = 128UL * 1024UL;  // bytes read from the archive at once
constexpr int kGzipWindow = 15 + 16;            // 15 bits, with gzip's header

tl::unexpected<Error> damaged(const BlobRegion& region, std::string_view what) {
  return fail(Code::kInvalidInput, region.name + ": " + std::string(what),
              "the archive is damaged: make it again");
}

/// The bytes as they are in the archive.
class PlainReader final : public RegionReader {
 public:
  explicit PlainReader(BlobRegion region) : region_(std::move(region)) {}

  [[nodiscard]] Result<std::size_t> read(std::span<std::byte> buffer) override {
    const std::uint64_t left = region_.size - pos_;
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer.size()));
    if (size == 0) return std::size_t{0};
    TRY_VOID(region_.file->read(region_.offset + pos_, buffer.first(size)));
    pos_ += size;
    return size;
  }

  [[nodiscard]] const BlobRegion& region() const { return region_; }

 private:
  BlobRegion region_;
  std::uint64_t pos_ = 0;
};

/// Packed bytes, a chunk at a time.
class Packed {
 public:
  explicit Packed(BlobRegion region) : plain_(std::move(region)), chunk_(kChunk) {}

  /// More bytes in rest() when it is empty; it stays empty at the end of the region.
  [[nodiscard]] Result<> refill() {
    if (pos_ < size_) return {};
    TRY(size_, plain_.read(chunk_));
    pos_ = 0;
    return {};
  }
  [[nodiscard]] std::span<std::byte> rest() {
    return std::span(chunk_).subspan(pos_, size_ - pos_);
  }
  void take(std::size_t bytes) { pos_ += bytes; }
  [[nodiscard]] const BlobRegion& region() const { return plain_.region(); }

 private:
  PlainReader plain_;
  std::vector<std::byte> chunk_;
  std::size_t pos_ = 0;
  std::size_t size_ = 0;
};

class GzipReader final : public RegionReader {
 public:
  explicit GzipReader(BlobRegion region) : packed_(std::move(region)) {
    ready_ = ::inflateInit2(&zlib_, kGzipWindow) == Z_OK;
  }
  GzipReader(const GzipReader&) = delete;
  GzipReader& operator=(const GzipReader&) = delete;
  ~GzipReader() override {
    if (ready_) ::inflateEnd(&zlib_);
  }

  [[nodiscard]] Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (!ready_) return fail(Code::kInternal, packed_.region().name + ": out of memory");
    zlib_.next_out = reinterpret_cast<Bytef*>(buffer.data());
    zlib_.avail_out = static_cast<uInt>(std::min<std::size_t>(buffer.size(), kChunk));
    const uInt room = zlib_.avail_out;
    while (zlib_.avail_out == room) {
      TRY_VOID(packed_.refill());
      const auto input = packed_.rest();
      if (input.empty() && member_done_) return std::size_t{0};
      if (input.empty()) return damaged(packed_.region(), "the gzip data is cut off");
      if (member_done_) TRY_VOID(begin_member());
      TRY_VOID(inflate_some(input));
    }
    return static_cast<std::size_t>(room - zlib_.avail_out);
  }

 private:
  /// gzip files may be several in a row (pigz, estargz): their contents follow each other.
  Result<> begin_member() {
    member_done_ = false;
    if (::inflateReset(&zlib_) != Z_OK) return damaged(packed_.region(), "bad gzip data");
    return {};
  }

  Result<> inflate_some(std::span<std::byte> input) {
    zlib_.next_in = reinterpret_cast<Bytef*>(input.data());
    zlib_.avail_in = static_cast<uInt>(input.size());
    const int status = ::inflate(&zlib_, Z_NO_FLUSH);
    packed_.take(input.size() - zlib_.avail_in);
    member_done_ = status == Z_STREAM_END;
    if (status == Z_OK || status == Z_STREAM_END) return {};
    return damaged(packed_.region(),
                   std::string("gzip: ") + (zlib_.msg != nullptr ? zlib_.msg : "bad data"));
  }

  Packed packed_;
  z_stream zlib_{};
  bool ready_ = false;
  bool member_done_ = false;
};

class ZstdReader final : public RegionReader {
 public:
  explicit ZstdReader(BlobRegion region)
      : packed_(std::move(region)), context_(ZSTD_createDCtx(), &ZSTD_freeDCtx) {}

  [[nodiscard]] Result<std::size_t> read(std::span<std::byte> buffer) override {
    if (!context_) return fail(Code::kInternal, packed_.region().name + ": out of memory");
    ZSTD_outBuffer out{buffer.data(), buffer.size(), 0};
    while (out.pos == 0) {
      TRY_VOID(packed_.refill());
      const auto input = packed_.rest();
      if (input.empty() && frame_done_) return std::size_t{0};
      ZSTD_inBuffer in{input.data(), input.size(), 0};
      const std::size_t left = ZSTD_decompressStream(context_.get(), &out, &in);
      if (ZSTD_isError(left) != 0)
        return damaged(packed_.region(), std::string("zstd: ") + ZSTD_getErrorName(left));
      packed_.take(in.pos);
      frame_done_ = left == 0;
      if (input.empty() && out.pos == 0 && !frame_done_)
        return damaged(packed_.region(), "the zstd data is cut off");
    }
    return out.pos;
  }

 private:
  Packed packed_;
  std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> context_;
  bool frame_done_ = false;
};

}  // namespace

Result<std::unique_ptr<RegionReader>> RegionReader::open(const BlobRegion& region) {
  TRY_VOID(region.file->check_unchanged());
  std::unique_ptr<RegionReader> reader;
  switch (region.compression) {
    case Compression::kNone:
      reader = std::make_unique<PlainReader>(region);
      break;
    case Compression::kGzip:
      reader = std::make_unique<GzipReader>(region);
      break;
    case Compression::kZstd:
      reader = std::make_unique<ZstdReader>(region);
      break;
  }
  return reader;
}

Result<Compression> detect_compression(const ArchiveFile& file, std::uint64_t offset,
                                       std::uint64_t size) {
  constexpr std::array kGzip = {std::byte{0x1f}, std::byte{0x8b}};
  constexpr std::array kZstd = {std::byte{0x28}, std::byte{0xb5}, std::byte{0x2f}, std::byte{0xfd}};
  std::array<std::byte, 4> front{};
  if (size < front.size()) return Compression::kNone;
  TRY_VOID(file.read(offset, front));
  if (std::equal(kGzip.begin(), kGzip.end(), front.begin())) return Compression::kGzip;
  return front == kZstd ? Compression::kZstd : Compression::kNone;
}

}  // namespace gannet::controller
