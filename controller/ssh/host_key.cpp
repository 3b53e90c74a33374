#include "controller/ssh/host_key.h"

#include <algorithm>
#include <cctype>

#include <openssl/evp.h>

#include "base/hash.h"

namespace gannet::controller {
namespace {

/// Where `bytes` begin, for C functions that are told the length beside it.
const unsigned char* begin_of(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

/// The first field of a key blob: a 32-bit big-endian length and that many bytes.
std::string_view leading_string(std::string_view blob) {
  if (blob.size() < 4) return {};
  std::size_t length = 0;
  for (const char c : blob.substr(0, 4)) length = length << 8U | static_cast<unsigned char>(c);
  if (length > blob.size() - 4) return {};
  return blob.substr(4, length);
}

}  // namespace

Result<std::string> decode_base64(std::string_view text) {
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  const std::string_view digits = text.substr(0, text.size() - padding);
  // EVP_DecodeBlock refuses all but two mistakes: blanks around the text, and "=" inside.
  if (digits.empty() || text.size() % 4 != 0 || digits.find('=') != std::string_view::npos ||
      digits.front() <= ' ' || digits.back() <= ' ') {
    return fail(Code::kInvalidInput, "not base64");
  }
  std::string bytes(text.size() / 4 * 3, '\0');
  auto* out = reinterpret_cast<unsigned char*>(bytes.data());
  const int got = EVP_DecodeBlock(out, begin_of(text), static_cast<int>(text.size()));
  if (got < 0) return fail(Code::kInvalidInput, "not base64");
  bytes.resize(static_cast<std::size_t>(got) - padding);
  return bytes;
}

std::string encode_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock writes a final NUL
  auto* out = reinterpret_cast<unsigned char*>(text.data());
  const int length = EVP_EncodeBlock(out, begin_of(bytes), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

Result<std::string> key_type_of(std::string_view base64) {
  TRY(const std::string blob, decode_base64(base64));
  const std::string_view type = leading_string(blob);
  if (type.empty()) return fail(Code::kInvalidInput, "not a public key");
  return std::string(type);
}

Result<HostKey> HostKey::from_base64(std::string base64) {
  TRY(const std::string blob, decode_base64(base64));
  HostKey key;
  key.type = leading_string(blob);
  if (key.type.empty()) return fail(Code::kInvalidInput, "not a public key");
  const Digest digest = sha256(blob);
  const auto* bytes = reinterpret_cast<const char*>(digest.bytes.data());
  std::string text = encode_base64(std::string_view(bytes, digest.bytes.size()));
  while (!text.empty() && text.back() == '=') text.pop_back();
  key.fingerprint = "SHA256:" + text;
  key.base64 = std::move(base64);
  return key;
}

std::string known_hosts_name(std::string_view address, unsigned port) {
  std::string name(address);
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  });
  return port == 22 ? name : "[" + name + "]:" + std::to_string(port);
}

}  // namespace gannet::controller
