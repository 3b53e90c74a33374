#include "protocol/frame.h"

#include <array>
#include <cassert>

#include "base/hash.h"

namespace gannet::protocol {
namespace {

// Offsets in the header; see docs/protocol.md section 2.
constexpr std::size_t kLengthAt = 0;
constexpr std::size_t kTypeAt = 4;
constexpr std::size_t kFlagsAt = 6;
constexpr std::size_t kRequestAt = 8;
constexpr std::size_t kChecksumAt = 12;

std::uint32_t load(std::span<const std::byte> bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value |= std::to_integer<std::uint32_t>(bytes[at + i]) << (8 * i);
  }
  return value;
}

void store(std::span<std::byte> bytes, std::size_t at, std::size_t size, std::uint32_t value) {
  for (std::size_t i = 0; i < size; ++i) {
    bytes[at + i] = static_cast<std::byte>((value >> (8 * i)) & 0xff);
  }
}

/// Covers the header up to the checksum itself, and the payload.
std::uint32_t checksum(std::span<const std::byte> header, std::span<const std::byte> payload) {
  return crc32c(payload, crc32c(header.first(kChecksumAt)));
}

}  // namespace

Bytes encode_frame(FrameType type, std::uint32_t request, std::span<const std::byte> payload) {
  assert(payload.size() <= kMaxPayload);
  std::array<std::byte, kHeaderSize> header{};
  store(header, kLengthAt, 4, static_cast<std::uint32_t>(payload.size()));
  store(header, kTypeAt, 2, static_cast<std::uint16_t>(type));
  store(header, kRequestAt, 4, request);
  store(header, kChecksumAt, 4, checksum(header, payload));
  Bytes frame;
  frame.reserve(kHeaderSize + payload.size());
  frame.insert(frame.end(), header.begin(), header.end());
  frame.insert(frame.end(), payload.begin(), payload.end());
  return frame;
}

void FrameDecoder::feed(std::span<const std::byte> bytes) {
  if (failed_) return;
  // Moving what is left only when it is the smaller half keeps the whole linear.
  if (read_ >= buffer_.size() - read_) {
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(read_));
    read_ = 0;
  }
  buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
}

Result<std::optional<Frame>> FrameDecoder::next() {
  if (failed_) return fail(*failed_);
  const auto give_up = [this](Code code, std::string why) {
    failed_ = Error{code, std::move(why), {}};
    Bytes().swap(buffer_);
    read_ = 0;
    return fail(*failed_);
  };

  const std::span<const std::byte> rest = std::span<const std::byte>(buffer_).subspan(read_);
  if (rest.size() < kHeaderSize) return std::nullopt;
  const std::size_t length = load(rest, kLengthAt, 4);
  if (length > limit_) {
    return give_up(Code::kFrameTooLarge, "a frame says " + std::to_string(length) +
                                             " bytes, at most " + std::to_string(limit_) +
                                             " are allowed");
  }
  if (load(rest, kFlagsAt, 2) != 0) {
    return give_up(Code::kBadFrame, "a frame has flags, which must be zero");
  }
  if (rest.size() - kHeaderSize < length) return std::nullopt;
  const std::span<const std::byte> payload = rest.subspan(kHeaderSize, length);
  if (load(rest, kChecksumAt, 4) != checksum(rest.first(kHeaderSize), payload)) {
    return give_up(Code::kBadFrame, "the checksum of a frame is wrong");
  }
  Frame frame;
  frame.type = static_cast<std::uint16_t>(load(rest, kTypeAt, 2));
  frame.request = load(rest, kRequestAt, 4);
  frame.payload.assign(payload.begin(), payload.end());
  read_ += kHeaderSize + length;
  return frame;
}

}  // namespace gannet::protocol
