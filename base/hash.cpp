#include "base/hash.h"

#include <cstring>
#include <new>

#include <sodium/crypto_hash_sha256.h>

namespace gannet {
namespace {

using State = crypto_hash_sha256_state;

const unsigned char* as_unsigned_chars(const void* data) {
  return static_cast<const unsigned char*>(data);
}

State* as_state(void* storage) { return static_cast<State*>(storage); }

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

}  // namespace

std::string Digest::hex() const {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::byte byte : bytes) {
    text += kDigits[std::to_integer<std::size_t>(byte >> 4)];
    text += kDigits[std::to_integer<std::size_t>(byte & std::byte{15})];
  }
  return text;
}

Result<Digest> Digest::from_hex(std::string_view text) {
  Digest digest;
  if (text.size() != digest.bytes.size() * 2) {
    return fail(Code::kInvalidInput, "a SHA-256 digest has 64 hexadecimal digits, this has " +
                                         std::to_string(text.size()));
  }
  for (std::size_t i = 0; i < digest.bytes.size(); ++i) {
    const int high = hex_value(text[2 * i]);
    const int low = hex_value(text[2 * i + 1]);
    if (high < 0 || low < 0) {
      return fail(Code::kInvalidInput, "a SHA-256 digest has only the digits 0-9 and a-f");
    }
    digest.bytes[i] = static_cast<std::byte>(high * 16 + low);
  }
  return digest;
}

Sha256::Sha256() {
  static_assert(sizeof(State) <= sizeof(state_), "state_ must hold libsodium's state");
  static_assert(alignof(State) <= 16, "state_ must be aligned for libsodium's state");
  static_assert(sizeof(Digest::bytes) == crypto_hash_sha256_BYTES);
  crypto_hash_sha256_init(new (state_.data()) State);
}

void Sha256::update(std::span<const std::byte> bytes) {
  crypto_hash_sha256_update(as_state(state_.data()), as_unsigned_chars(bytes.data()), bytes.size());
}

void Sha256::update(std::string_view text) { update(std::as_bytes(std::span(text))); }

Digest Sha256::finish() {
  std::array<unsigned char, crypto_hash_sha256_BYTES> out{};
  crypto_hash_sha256_final(as_state(state_.data()), out.data());
  Digest digest;
  std::memcpy(digest.bytes.data(), out.data(), out.size());
  return digest;
}

Digest sha256(std::span<const std::byte> bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish();
}

Digest sha256(std::string_view text) { return sha256(std::as_bytes(std::span(text))); }

}  // namespace gannet
