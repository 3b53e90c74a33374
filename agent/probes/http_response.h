// An incremental reader of one HTTP/1.x response. No I/O.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gannet::agent {

/// Reads status and body of the final response (1xx ones are skipped). The body is kept up to
/// kMaxBody bytes; more is not wanted. After an error the reader stays failed.
class HttpResponse {
 public:
  static constexpr std::size_t kMaxHead = 64UL * 1024UL;   // bytes
  static constexpr std::size_t kMaxBody = 256UL * 1024UL;  // bytes

  /// Takes received bytes. Errors: kBadMessage when they are no HTTP.
  [[nodiscard]] Result<> feed(std::string_view bytes);
  /// The connection ended. Errors: kDisconnected when the response was not complete.
  [[nodiscard]] Result<> finish();

  [[nodiscard]] bool head_done() const { return state_ != State::kHead; }
  [[nodiscard]] bool done() const { return state_ == State::kDone; }
  [[nodiscard]] int status() const { return status_; }
  /// Where a redirect leads to; empty when the answer does not say.
  [[nodiscard]] const std::string& location() const { return location_; }
  [[nodiscard]] const std::string& body() const { return body_; }

 private:
  enum class State : std::uint8_t { kHead, kLength, kUntilClose, kChunkSize, kChunk, kDone };

  [[nodiscard]] Result<> step(bool& progressed);
  [[nodiscard]] Result<> read_head(bool& progressed);
  [[nodiscard]] Result<> parse_head(std::string_view head);
  [[nodiscard]] Result<> read_chunk_size(bool& progressed);
  void read_counted(State then, bool& progressed);
  void keep(std::string_view bytes);

  State state_ = State::kHead;
  std::string pending_;
  std::string body_;
  std::string location_;
  int status_ = 0;
  std::uint64_t left_ = 0;  ///< bytes of the body, or of the chunk and its line end
};

}  // namespace gannet::agent
