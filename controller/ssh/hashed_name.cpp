// The one-shot HMAC() of libcrypto costs ten times as much per call, and a fleet with a long
// known_hosts needs a million of them: hence SHA-1's low-level functions, deprecated as they are.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "controller/ssh/hashed_name.h"

#include <algorithm>
#include <cstring>

#include <openssl/sha.h>

#include "controller/ssh/host_key.h"

namespace gannet::controller {
namespace {

constexpr std::size_t kBlock = 64;

/// SHA-1's state after one block: the key, each byte combined with `pad` (RFC 2104).
SHA_CTX keyed(std::string_view key, unsigned char pad) {
  std::array<unsigned char, kBlock> block{};
  block.fill(pad);
  for (std::size_t i = 0; i < key.size(); ++i) {
    block[i] = static_cast<unsigned char>(block[i] ^ static_cast<unsigned char>(key[i]));
  }
  SHA_CTX state;
  SHA1_Init(&state);
  SHA1_Update(&state, block.data(), block.size());
  return state;
}

}  // namespace

Result<HashedName> HashedName::parse(std::string_view text) {
  static_assert(sizeof(SHA_CTX) == kStateSize);
  static_assert(kDigestSize == SHA_DIGEST_LENGTH);
  constexpr std::string_view kStart = "|1|";
  const auto middle = text.find('|', kStart.size());
  if (!text.starts_with(kStart) || middle == std::string_view::npos) {
    return fail(Code::kInvalidInput, "not a hashed host name");
  }
  TRY(const std::string salt, decode_base64(text.substr(kStart.size(), middle - kStart.size())));
  TRY(const std::string digest, decode_base64(text.substr(middle + 1)));
  if (salt.size() > kBlock || digest.size() != kDigestSize) {
    return fail(Code::kInvalidInput, "not a hashed host name");
  }
  HashedName name;
  const SHA_CTX inner = keyed(salt, 0x36);
  const SHA_CTX outer = keyed(salt, 0x5c);
  std::memcpy(&name.inner_, &inner, sizeof inner);
  std::memcpy(&name.outer_, &outer, sizeof outer);
  std::memcpy(name.digest_.data(), digest.data(), digest.size());
  return name;
}

bool HashedName::matches(std::string_view name) const {
  SHA_CTX state;
  std::array<unsigned char, kDigestSize> digest{};
  std::memcpy(&state, &inner_, sizeof state);
  SHA1_Update(&state, name.data(), name.size());
  SHA1_Final(digest.data(), &state);
  std::memcpy(&state, &outer_, sizeof state);
  SHA1_Update(&state, digest.data(), digest.size());
  SHA1_Final(digest.data(), &state);
  return digest == digest_;
}

}  // namespace gannet::controller
