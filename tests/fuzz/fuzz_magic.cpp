// The magic scanner against a plain search. Byte 0: bytes per feed, less one.
#include <string>

#include "protocol/handshake.h"
#include "tests/fuzz/check.h"

namespace gannet::fuzz {
namespace {

std::string text_of(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte byte : bytes) text += static_cast<char>(byte);
  return text;
}

}  // namespace
}  // namespace gannet::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gannet::fuzz;
  using gannet::protocol::kMagic;
  auto rest = std::as_bytes(std::span(data, size));
  const std::size_t chunk = std::size_t{take_byte(rest)} + 1;
  const std::string whole = text_of(rest);
  const std::size_t at = whole.find(kMagic);

  gannet::protocol::MagicScanner scanner;
  std::string after;
  bool failed = false;
  while (!rest.empty() && !failed) {
    const auto result = scanner.feed(take(rest, chunk));
    failed = !result.has_value();
    if (!failed && *result) after += text_of(**result);
  }
  const bool expect_found = at != std::string::npos && at <= scanner.kMaxNoise;
  require(scanner.found() == expect_found);
  if (expect_found) {
    require(!failed && after == whole.substr(at + kMagic.size()));
    require(whole.substr(0, at).ends_with(scanner.noise()));
  }
  return 0;
}
