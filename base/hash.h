#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gannet {

/// A SHA-256 digest; the name of a blob in the content store.
struct Digest {
  std::array<std::byte, 32> bytes{};

  [[nodiscard]] std::string hex() const;  ///< 64 lower-case hex digits
  /// Errors: kInvalidInput unless `text` is 64 lower-case hex digits.
  [[nodiscard]] static Result<Digest> from_hex(std::string_view text);

  friend auto operator<=>(const Digest&, const Digest&) = default;
};

/// Incremental SHA-256 (libsodium behind hash.cpp).
class Sha256 {
 public:
  Sha256();
  void update(std::span<const std::byte> bytes);
  void update(std::string_view text);
  /// The digest of all updates. Call once.
  [[nodiscard]] Digest finish();

 private:
  alignas(16) std::array<std::byte, 128> state_{};  ///< holds crypto_hash_sha256_state
};

[[nodiscard]] Digest sha256(std::span<const std::byte> bytes);
[[nodiscard]] Digest sha256(std::string_view text);

/// CRC-32C (Castagnoli, reflected, as in iSCSI); `crc` continues an earlier call.
[[nodiscard]] std::uint32_t crc32c(std::span<const std::byte> bytes, std::uint32_t crc = 0);

}  // namespace gannet
