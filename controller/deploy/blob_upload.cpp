#include "controller/deploy/blob_upload.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include <zstd.h>

namespace gannet::controller {

using protocol::Bytes;

namespace {

constexpr std::size_t kPiece = 256UL * 1024UL;                  // bytes of one frame
constexpr std::uint64_t kRemember = 32UL * 1024UL * 1024UL;     // uncompressed bytes of one stream
constexpr std::uint64_t kRememberAll = 64UL * 1024UL * 1024UL;  // compressed bytes of all
constexpr int kLevel = 3;

tl::unexpected<Error> changed(const playbooks::Content& content) {
  return fail(Code::kConflict, content.path.string() + ": changed while it was deployed",
              "run the command again");
}

}  // namespace

// ---- BlobSource -----------------------------------------------------------------------------

void BlobSource::add(const playbooks::RenderedService& service) {
  for (const auto& file : service.files) add(file.content);
}

void BlobSource::add(const playbooks::Content& content) {
  contents_.try_emplace(content.digest, content);
}

const playbooks::Content* BlobSource::find(const Digest& digest) const {
  const auto found = contents_.find(digest);
  return found == contents_.end() ? nullptr : &found->second;
}

std::uint64_t BlobSource::bytes_of(const std::vector<Digest>& digests) const {
  std::uint64_t bytes = 0;
  for (const auto& digest : digests) {
    if (const auto* content = find(digest)) bytes += content->size;
  }
  return bytes;
}

Result<std::string> BlobSource::read(const Digest& digest) const {
  const auto* content = find(digest);
  if (content == nullptr)
    return fail(Code::kNotFound, "content " + digest.hex() + " is not part of this release");
  if (content->text) return *content->text;
  std::ifstream in(content->path, std::ios::binary);
  if (!in) return fail_errno(Code::kIo, "read " + content->path.string(), errno);
  std::string text(content->size + 1, '\0');  // one more, to see whether it has grown
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return fail_errno(Code::kIo, "read " + content->path.string(), errno);
  if (static_cast<std::uint64_t>(in.gcount()) != content->size) return changed(*content);
  text.pop_back();
  return text;
}

// ---- BlobStream -----------------------------------------------------------------------------

struct BlobStream::Impl {
  Impl(const BlobSource& blobs, std::vector<Digest> wanted)
      : source(blobs), digests(std::move(wanted)), context(ZSTD_createCCtx()) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, kLevel);
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() { ZSTD_freeCCtx(context); }

  [[nodiscard]] Result<> open_next();
  [[nodiscard]] Result<> refill();
  [[nodiscard]] bool input_done() const {
    return next == digests.size() && left == 0 && pos == input.size();
  }

  const BlobSource& source;
  std::vector<Digest> digests;
  ZSTD_CCtx* context;
  std::size_t next = 0;  ///< index in digests
  const playbooks::Content* current = nullptr;
  std::ifstream file;
  std::uint64_t left = 0;  ///< bytes of `current` not yet in `input`
  std::string input;       ///< what is being compressed
  std::size_t pos = 0;     ///< bytes of `input` that are
  bool finished = false;
};

/// Begins the next blob: its digest and size become the input.
Result<> BlobStream::Impl::open_next() {
  const Digest& digest = digests[next++];
  current = source.find(digest);
  if (current == nullptr)
    return fail(Code::kNotFound, "the host asked for content " + digest.hex() +
                                     ", which is not part of this release");
  left = current->size;
  input.assign(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
  for (unsigned shift = 0; shift < 64; shift += 8)
    input += static_cast<char>((current->size >> shift) & 0xFFU);
  pos = 0;
  file = std::ifstream();
  if (current->text) return {};
  file.open(current->path, std::ios::binary);
  if (!file) return fail_errno(Code::kIo, "read " + current->path.string(), errno);
  return {};
}

/// More input, when the last of it was compressed and there is some.
Result<> BlobStream::Impl::refill() {
  if (pos < input.size()) return {};
  if (left == 0) return next < digests.size() ? open_next() : Result<>{};
  pos = 0;
  const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(left, kPiece));
  if (current->text) {
    input = current->text->substr(static_cast<std::size_t>(current->size - left), want);
  } else {
    input.resize(want);
    file.read(input.data(), static_cast<std::streamsize>(want));
    if (static_cast<std::size_t>(file.gcount()) != want) return changed(*current);
  }
  if (input.size() != want) return changed(*current);
  left -= want;
  return {};
}

BlobStream::BlobStream(const BlobSource& source, std::vector<Digest> digests)
    : impl_(std::make_unique<Impl>(source, std::move(digests))) {}
BlobStream::~BlobStream() = default;

Result<std::shared_ptr<const Bytes>> BlobStream::next() {
  if (impl_->finished) return std::shared_ptr<const Bytes>();
  auto piece = std::make_shared<Bytes>(kPiece);
  ZSTD_outBuffer out{piece->data(), piece->size(), 0};
  while (out.pos < out.size && !impl_->finished) {
    TRY_VOID(impl_->refill());
    ZSTD_inBuffer in{impl_->input.data(), impl_->input.size(), impl_->pos};
    const auto mode =
        impl_->next == impl_->digests.size() && impl_->left == 0 ? ZSTD_e_end : ZSTD_e_continue;
    const std::size_t rest = ZSTD_compressStream2(impl_->context, &out, &in, mode);
    if (ZSTD_isError(rest) != 0)
      return fail(Code::kInternal, std::string("compress: ") + ZSTD_getErrorName(rest));
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
