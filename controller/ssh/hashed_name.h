// A host name hashed as ssh-keygen -H does: HMAC-SHA1 of the name, keyed with a salt per line.
#pragma once

#include <array>
#include <memory>
#include <string_view>

#include "base/result.h"

namespace gannet::controller {

/// One "|1|salt|hash". The two halves of the HMAC that depend only on the salt are computed once,
/// so that a comparison costs two SHA-1 blocks.
class HashedName {
 public:
  /// Errors: kInvalidInput unless `text` has exactly that form.
  [[nodiscard]] static Result<HashedName> parse(std::string_view text);

  /// True when this is the hash of `name` (as known_hosts_name() gives it).
  [[nodiscard]] bool matches(std::string_view name) const;

 private:
  static constexpr std::size_t kDigestSize = 20;
  static constexpr std::size_t kStateSize = 96;  ///< bytes of a SHA_CTX

  struct alignas(8) State {
    std::array<std::byte, kStateSize> bytes;
  };

  State inner_{};
  State outer_{};
  std::array<unsigned char, kDigestSize> digest_{};
};

}  // namespace gannet::controller
