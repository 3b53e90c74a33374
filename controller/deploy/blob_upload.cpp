#include "controller/deploy/blob_upload.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <span>
#include <utility>

#include <zstd.h>

namespace gannet::controller {

using protocol::Bytes;

namespace {

constexpr std::size_t kPiece = 256UL * 1024UL;                  // bytes of one frame
constexpr std::uint64_t kRemember = 32UL * 1024UL * 1024UL;     // uncompressed bytes of one stream
constexpr std::uint64_t kRememberAll = 64UL * 1024UL * 1024UL;  // compressed bytes of all
constexpr std::uint64_t kTakeAtOnce = 4UL * 1024UL * 1024UL;    // uncompressed bytes of one frame
constexpr int kLevel = 3;

tl::unexpected<Error> changed(const std::string& name) {
  return fail(Code::kConflict, name + ": changed while it was deployed", "run the command again");
}

/// A text in memory.
class TextReader final : public RegionReader {
 public:
  explicit TextReader(std::shared_ptr<const std::string> text) : text_(std::move(text)) {}

  [[nodiscard]] Result<std::size_t> read(std::span<std::byte> buffer) override {
    const auto rest = std::as_bytes(std::span(*text_)).subspan(pos_);
    const auto part = rest.first(std::min(rest.size(), buffer.size()));
    std::ranges::copy(part, buffer.begin());
    pos_ += part.size();
    return part.size();
  }

 private:
  std::shared_ptr<const std::string> text_;
  std::size_t pos_ = 0;
};

/// A file of the project, as long as it is by now.
class FileReader final : public RegionReader {
 public:
  explicit FileReader(const std::filesystem::path& path)
      : path_(path.string()), in_(path, std::ios::binary) {}

  [[nodiscard]] Result<> opened() const {
    if (!in_) return fail_errno(Code::kIo, "read " + path_, errno);
    return {};
  }

  [[nodiscard]] Result<std::size_t> read(std::span<std::byte> buffer) override {
    in_.read(reinterpret_cast<char*>(buffer.data()), static_cast<std::streamsize>(buffer.size()));
    if (in_.bad()) return fail_errno(Code::kIo, "read " + path_, errno);
    return static_cast<std::size_t>(in_.gcount());
  }

 private:
  std::string path_;
  std::ifstream in_;
};

}  // namespace

// ---- BlobSource -----------------------------------------------------------------------------

void BlobSource::add(const playbooks::RenderedService& service) {
  for (const auto& file : service.files) add(file.content);
}

void BlobSource::add(const playbooks::Content& content) {
  contents_.try_emplace(content.digest, content);
}

void BlobSource::add(const BlobRegion& region) { regions_.try_emplace(region.digest, region); }

const playbooks::Content* BlobSource::find(const Digest& digest) const {
  const auto found = contents_.find(digest);
  return found == contents_.end() ? nullptr : &found->second;
}

std::size_t BlobSource::count_regions(const std::vector<Digest>& digests) const {
  return static_cast<std::size_t>(std::ranges::count_if(digests, [this](const Digest& digest) {
    return find(digest) == nullptr && regions_.contains(digest);
  }));
}

std::uint64_t BlobSource::bytes_of(const std::vector<Digest>& digests) const {
  std::uint64_t bytes = 0;
  for (const auto& digest : digests) {
    if (const auto* content = find(digest)) {
      bytes += content->size;
    } else if (const auto region = regions_.find(digest); region != regions_.end()) {
      bytes += region->second.bytes;
    }
  }
  return bytes;
}

Result<std::string> BlobSource::read(const Digest& digest) const {
  const auto* content = find(digest);
  if (content == nullptr)
    return fail(Code::kNotFound, "content " + digest.hex() + " is not part of this release");
  if (content->text) return *content->text;
  FileReader file(content->path);
  TRY_VOID(file.opened());
  std::string text(content->size + 1, '\0');  // one more, to see whether it has grown
  TRY(const std::size_t got, file.read(std::as_writable_bytes(std::span(text))));
  if (got != content->size) return changed(content->path.string());
  text.pop_back();
  return text;
}

Result<BlobSource::Opened> BlobSource::open(const Digest& digest) const {
  Opened opened;
  if (const auto* content = find(digest)) {
    opened.bytes = content->size;
    opened.name = content->path.string();
    if (content->text) {
      opened.reader = std::make_unique<TextReader>(content->text);
      return opened;
    }
    auto file = std::make_unique<FileReader>(content->path);
    TRY_VOID(file->opened());
    opened.reader = std::move(file);
    return opened;
  }
  const auto region = regions_.find(digest);
  if (region == regions_.end())
    return fail(Code::kNotFound, "the host asked for content " + digest.hex() +
                                     ", which is not part of this release");
  opened.bytes = region->second.bytes;
  opened.name = region->second.name;
  TRY(opened.reader, RegionReader::open(region->second));
  return opened;
}

// ---- BlobStream -----------------------------------------------------------------------------

struct BlobStream::Impl {
  Impl(const BlobSource& blobs, std::vector<Digest> wanted)
      : source(blobs), digests(std::move(wanted)), context(ZSTD_createCCtx()), input(kPiece) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, kLevel);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { ZSTD_freeCCtx(context); }

  [[nodiscard]] Result<> open_next();
  [[nodiscard]] Result<> refill();
  [[nodiscard]] bool input_done() const {
    return next == digests.size() && left == 0 && pos == filled;
  }

  const BlobSource& source;
  std::vector<Digest> digests;
  ZSTD_CCtx* context;
  std::size_t next = 0;  ///< index in digests
  BlobSource::Opened current;
  std::uint64_t left = 0;        ///< bytes of `current` not yet in `input`
  std::vector<std::byte> input;  ///< what is being compressed
  std::size_t filled = 0;        ///< bytes of it that mean something
  std::size_t pos = 0;           ///< bytes of those that are compressed
  bool finished = false;
};

/// Begins the next blob: its digest and size become the input.
Result<> BlobStream::Impl::open_next() {
  const Digest& digest = digests[next++];
  TRY(current, source.open(digest));
  left = current.bytes;
  auto end = std::ranges::copy(digest.bytes, input.begin()).out;
  for (unsigned shift = 0; shift < 64; shift += 8)
    *end++ = static_cast<std::byte>((current.bytes >> shift) & 0xFFU);
  filled = static_cast<std::size_t>(end - input.begin());
  pos = 0;
  return {};
}

/// More input, when the last of it was compressed and there is some.
Result<> BlobStream::Impl::refill() {
  if (pos < filled) return {};
  if (left == 0) return next < digests.size() ? open_next() : Result<>{};
  pos = 0;
  const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(left, kPiece));
  TRY(filled, current.reader->read(std::span(input).first(want)));
  if (filled == 0) return changed(current.name);
  left -= filled;
  return {};
}

BlobStream::BlobStream(const BlobSource& source, std::vector<Digest> digests)
    : impl_(std::make_unique<Impl>(source, std::move(digests))) {}
BlobStream::~BlobStream() = default;

Result<std::shared_ptr<const Bytes>> BlobStream::next() {
  if (impl_->finished) return std::shared_ptr<const Bytes>();
  auto piece = std::make_shared<Bytes>(kPiece);
  ZSTD_outBuffer out{piece->data(), piece->size(), 0};
  std::uint64_t taken = 0;
  // What packs well would fill a piece only after long: the loop has other things to do, too.
  while (out.pos < out.size && !impl_->finished && (taken < kTakeAtOnce || out.pos == 0)) {
    TRY_VOID(impl_->refill());
    ZSTD_inBuffer in{impl_->input.data(), impl_->filled, impl_->pos};
    const auto mode =
        impl_->next == impl_->digests.size() && impl_->left == 0 ? ZSTD_e_end : ZSTD_e_continue;
    const std::size_t rest = ZSTD_compressStream2(impl_->context, &out, &in, mode);
    if (ZSTD_isError(rest) != 0)
      return fail(Code::kInternal, std::string("compress: ") + ZSTD_getErrorName(rest));
    taken += in.pos - impl_->pos;
    impl_->pos = in.pos;
    impl_->finished = mode == ZSTD_e_end && rest == 0 && impl_->input_done();
  }
  piece->resize(out.pos);
  return std::shared_ptr<const Bytes>(std::move(piece));
}

// ---- Uploader -------------------------------------------------------------------------------

Result<std::shared_ptr<const Uploader::Pieces>> Uploader::pieces(
    const std::vector<Digest>& digests) {
  if (const auto found = remembered_.find(digests); found != remembered_.end())
    return found->second;
  auto all = std::make_shared<Pieces>();
  std::uint64_t bytes = 0;
  BlobStream stream(source_, digests);
  for (;;) {
    TRY(std::shared_ptr<const Bytes> piece, stream.next());
    if (!piece) break;
    bytes += piece->size();
    all->push_back(std::move(piece));
  }
  if (remembered_bytes_ + bytes > kRememberAll) {
    remembered_.clear();
    remembered_bytes_ = 0;
  }
  remembered_bytes_ += bytes;
  remembered_.emplace(digests, all);
  return std::shared_ptr<const Pieces>(std::move(all));
}

Task<Result<>> Uploader::send_pieces(AgentLink* link, Ticket ticket, std::vector<Digest> digests) {
  if (source_.bytes_of(digests) <= kRemember) {
    CO_TRY(const std::shared_ptr<const Pieces> all, pieces(digests));
    for (const auto& piece : *all) {
      CO_TRY_VOID(co_await link->send_data(ticket, piece));
    }
    co_return Result<>{};
  }
  BlobStream stream(source_, std::move(digests));
  for (;;) {
    CO_TRY(std::shared_ptr<const Bytes> piece, stream.next());
    if (!piece) co_return Result<>{};
    CO_TRY_VOID(co_await link->send_data(ticket, std::move(piece)));
  }
}

Task<Result<protocol::UploadReply>> Uploader::upload(std::shared_ptr<AgentLink> link,
                                                     std::vector<Digest> digests) {
  protocol::UploadRequest request;
  request.count = static_cast<std::uint32_t>(digests.size());
  request.bytes = source_.bytes_of(digests);
  const Ticket ticket = link->send(request);
  CO_TRY_VOID(co_await send_pieces(link.get(), ticket, std::move(digests)));
  link->end_data(ticket);
  co_return co_await link->receive<protocol::UploadRequest>(ticket);
}

}  // namespace gannet::controller
