#include "agent/core/blob_receiver.h"

#include <algorithm>
#include <utility>

#include <zstd.h>

namespace gannet::agent {
namespace {

constexpr int kMaxWindowLog = 23;                   // 8 MiB, the memory one upload may cost
constexpr std::size_t kBatchCount = 256;            // blobs
constexpr std::uint64_t kBatchBytes = 32ULL << 20;  // bytes

tl::unexpected<Error> bad(std::string what) {
  return fail(Code::kBadMessage, "upload: " + std::move(what));
}

}  // namespace

void StoreReceiver::FreeContext::operator()(ZSTD_DCtx_s* context) const { ZSTD_freeDCtx(context); }

StoreReceiver::StoreReceiver(const ContentStore& store, protocol::UploadRequest announced,
                             std::function<void()> when_full)
    : store_(store),
      announced_(announced),
      when_full_(std::move(when_full)),
      zstd_(ZSTD_createDCtx()),
      output_(ZSTD_DStreamOutSize()) {
  if (zstd_) ZSTD_DCtx_setParameter(zstd_.get(), ZSTD_d_windowLogMax, kMaxWindowLog);
}

StoreReceiver::~StoreReceiver() { give_up(); }

void StoreReceiver::give_up() {
  writer_.reset();
  if (in_blob_ && !blob_.temp.empty()) store_.drop(blob_);
  in_blob_ = false;
  // The link is gone or the stream is bad: whole blobs are still good, the next try needs them
  // not again. If they cannot be kept, they come again.
  static_cast<void>(keep_batch());
}

Result<> StoreReceiver::feed(std::span<const std::byte> bytes) {
  if (failed_) return bad("continued after an error");
  if (!zstd_) return fail(Code::kRemoteIo, "upload: out of memory");
  auto fed = decompress(bytes);
  if (!fed) return failed(std::move(fed.error()));
  return {};
}

tl::unexpected<Error> StoreReceiver::failed(Error error) {
  failed_ = true;
  give_up();
  if (error.code == Code::kNoSpace && when_full_) when_full_();
  return fail(std::move(error));
}

Result<> StoreReceiver::decompress(std::span<const std::byte> bytes) {
  ZSTD_inBuffer input{bytes.data(), bytes.size(), 0};
  while (input.pos < input.size) {
    if (frame_done_) return bad("bytes after the end of the stream");
    ZSTD_outBuffer output{output_.data(), output_.size(), 0};
    const std::size_t left = ZSTD_decompressStream(zstd_.get(), &output, &input);
    if (ZSTD_isError(left) != 0) return bad(ZSTD_getErrorName(left));
    TRY_VOID(take(std::span<const std::byte>(output_).first(output.pos)));
    // Output that did not fit stays inside zstd: ask again, even without input.
    while (left != 0 && output.pos == output.size) {
      output.pos = 0;
      const std::size_t more = ZSTD_decompressStream(zstd_.get(), &output, &input);
      if (ZSTD_isError(more) != 0) return bad(ZSTD_getErrorName(more));
      TRY_VOID(take(std::span<const std::byte>(output_).first(output.pos)));
      if (more == 0) frame_done_ = true;
      if (frame_done_) break;
    }
    if (left == 0) frame_done_ = true;
  }
  return {};
}

Result<> StoreReceiver::take(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const std::size_t wanted =
        in_blob_ ? static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()))
                 : std::min(kHeaderSize - header_.size(), bytes.size());
    const auto part = bytes.first(wanted);
    bytes = bytes.subspan(wanted);
    if (in_blob_) {
      TRY_VOID(take_content(part));
      continue;
    }
    header_.insert(header_.end(), part.begin(), part.end());
    if (header_.size() == kHeaderSize) TRY_VOID(begin_blob());
  }
  return {};
}

Result<> StoreReceiver::begin_blob() {
  blob_ = {};
  std::copy_n(header_.begin(), blob_.digest.bytes.size(), blob_.digest.bytes.begin());
  for (std::size_t i = 0; i < 8; ++i) {
    blob_.size |= std::to_integer<std::uint64_t>(header_[32 + i]) << (8 * i);
  }
  header_.clear();
  if (++seen_ > announced_.count) return bad("more blobs than announced");
  if (blob_.size > announced_.bytes - seen_bytes_) return bad("more bytes than announced");
  seen_bytes_ += blob_.size;
  left_ = blob_.size;
  hash_ = Sha256();
  TRY(const bool stored, store_.has(blob_.digest));
  if (!stored && !in_batch_.contains(blob_.digest)) {
    TRY(writer_, store_.create(blob_.digest, blob_.temp));
  }
  in_blob_ = true;
  return left_ == 0 ? end_blob() : Result<>{};
}

Result<> StoreReceiver::take_content(std::span<const std::byte> bytes) {
  hash_.update(bytes);
  if (writer_) TRY_VOID(writer_->write(bytes));
  left_ -= bytes.size();
  return left_ == 0 ? end_blob() : Result<>{};
}

Result<> StoreReceiver::end_blob() {
  if (const Digest got = hash_.finish(); got != blob_.digest) {
    return fail(Code::kCorrupt, "upload: blob " + blob_.digest.hex() + " arrived as " + got.hex(),
                "deploy again; when it happens twice, check memory and disk of both machines");
  }
  in_blob_ = false;
  if (!writer_) return {};
  writer_.reset();
  batch_.push_back(blob_);
  batch_bytes_ += blob_.size;
  in_batch_.insert(blob_.digest);
  if (batch_.size() < kBatchCount && batch_bytes_ < kBatchBytes) return {};
  return keep_batch();
}

Result<> StoreReceiver::keep_batch() {
  const auto batch = std::exchange(batch_, {});
  const std::uint64_t bytes = std::exchange(batch_bytes_, 0);
  in_batch_.clear();
  if (batch.empty()) return {};
  TRY_VOID(store_.keep(batch));
  reply_.stored += static_cast<std::uint32_t>(batch.size());
  reply_.bytes += bytes;
  return {};
}

Result<protocol::UploadReply> StoreReceiver::finish() {
  if (failed_) return bad("ended after an error");
  const bool whole =
      seen_ == announced_.count && !in_blob_ && header_.empty() && seen_bytes_ == announced_.bytes;
  if (!whole || (announced_.count > 0 && !frame_done_)) {
    failed_ = true;
    give_up();
    return bad("ended after " + std::to_string(seen_) + " of " + std::to_string(announced_.count) +
               " blobs");
  }
  if (auto kept = keep_batch(); !kept) return failed(std::move(kept.error()));
  return reply_;
}

}  // namespace gannet::agent
