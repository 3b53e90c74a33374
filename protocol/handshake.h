// How a link starts: magic line, then versions and features. No I/O. docs/protocol.md section 3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace gannet::protocol {

/// The agent writes this first on its stdout. 16 bytes with the newline.
inline constexpr std::string_view kMagic = "\x01gannet-agent\x01\r\n";
static_assert(kMagic.size() == 16);

inline constexpr std::uint32_t kMinVersion = 1;
inline constexpr std::uint32_t kMaxVersion = 1;

/// Finds the magic line behind whatever the remote shell's profile prints.
class MagicScanner {
 public:
  static constexpr std::size_t kMaxNoise = 1024UL * 1024UL;  // bytes before the magic line

  /// Looks at more bytes. Returns the bytes that follow the magic line once it was found (perhaps
  /// none), nullopt while it was not. Errors: kNoAgent after more than kMaxNoise bytes.
  [[nodiscard]] Result<std::optional<std::vector<std::byte>>> feed(
      std::span<const std::byte> bytes);

  /// What came before the magic line, at most the last 4 KiB of it: shown when no agent answers.
  [[nodiscard]] const std::string& noise() const { return noise_; }
  [[nodiscard]] bool found() const { return found_; }

 private:
  std::string noise_;    ///< tail of what was seen and cannot be magic any more
  std::string pending_;  ///< last bytes, which may be the beginning of the magic line
  std::size_t seen_ = 0;
  bool found_ = false;
};

/// A closed range of protocol versions that one side speaks.
struct VersionRange {
  std::uint32_t min = kMinVersion;
  std::uint32_t max = kMaxVersion;
};

/// The highest version both sides speak. Errors: kVersionMismatch, saying which side is older.
[[nodiscard]] Result<std::uint32_t> negotiate_version(VersionRange controller, VersionRange agent);

/// Names that both lists hold, in the order of `ours`.
[[nodiscard]] std::vector<std::string> common_features(std::span<const std::string> ours,
                                                       std::span<const std::string> theirs);

}  // namespace gannet::protocol
