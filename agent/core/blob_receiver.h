// Takes an upload apart: zstd stream -> blobs, with bounded memory. Form: protocol::UploadRequest.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "agent/core/content_store.h"
#include "agent/host_state.h"
#include "base/hash.h"
#include "base/result.h"
#include "protocol/messages.h"

struct ZSTD_DCtx_s;

namespace gannet::agent {

/// Blobs whose digest is right wait in a batch until it is full, so that a release of many small
/// files costs few syncs; finish(), an error and the destructor keep the batch too. A blob that is
/// not whole leaves nothing behind.
class StoreReceiver final : public BlobReceiver {
 public:
  /// `when_full` is called after an error of kind kNoSpace, when nothing of the upload is open any
  /// more; may be empty.
  StoreReceiver(const ContentStore& store, protocol::UploadRequest announced,
                std::function<void()> when_full = {});
  StoreReceiver(const StoreReceiver&) = delete;
  StoreReceiver& operator=(const StoreReceiver&) = delete;
  ~StoreReceiver() override;

  [[nodiscard]] Result<> feed(std::span<const std::byte> bytes) override;
  [[nodiscard]] Result<protocol::UploadReply> finish() override;

 private:
  struct FreeContext {
    void operator()(ZSTD_DCtx_s* context) const;
  };
  static constexpr std::size_t kHeaderSize = 32 + 8;  // bytes: digest, size

  [[nodiscard]] Result<> decompress(std::span<const std::byte> bytes);
  [[nodiscard]] Result<> take(std::span<const std::byte> bytes);
  [[nodiscard]] Result<> begin_blob();
  [[nodiscard]] Result<> take_content(std::span<const std::byte> bytes);
  [[nodiscard]] Result<> end_blob();
  [[nodiscard]] Result<> keep_batch();
  void give_up();
  [[nodiscard]] tl::unexpected<Error> failed(Error error);

  const ContentStore& store_;
  protocol::UploadRequest announced_;
  std::function<void()> when_full_;
  std::unique_ptr<ZSTD_DCtx_s, FreeContext> zstd_;
  std::vector<std::byte> output_;
  bool frame_done_ = false;
  bool failed_ = false;

  std::vector<std::byte> header_;  ///< of the blob at hand, until it is whole
  bool in_blob_ = false;
  NewBlob blob_;                        ///< the blob at hand
  std::unique_ptr<FileWriter> writer_;  ///< nullptr: the store has it already
  Sha256 hash_;
  std::uint64_t left_ = 0;  ///< bytes of it to come

  std::uint32_t seen_ = 0;         ///< blobs begun
  std::uint64_t seen_bytes_ = 0;   ///< their sizes
  std::vector<NewBlob> batch_;     ///< whole, not kept yet
  std::uint64_t batch_bytes_ = 0;  ///< their sizes
  std::set<Digest> in_batch_;
  protocol::UploadReply reply_;
};

}  // namespace gannet::agent
