#include "agent/core/record.h"

#include <algorithm>
#include <utility>

#include "agent/core/file_tools.h"
#include "base/hash.h"

namespace gannet::agent {
namespace {

constexpr std::size_t kMagicSize = 8;                  // bytes
constexpr std::size_t kEnvelope = kMagicSize + 4 + 4;  // bytes

void put_u32(protocol::Bytes& bytes, std::uint32_t value) {
  for (unsigned shift = 0; shift < 32; shift += 8) {
    bytes.push_back(static_cast<std::byte>((value >> shift) & 0xFFU));
  }
}

std::uint32_t get_u32(std::span<const std::byte> bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value |= std::to_integer<std::uint32_t>(bytes[i]) << (8 * i);
  }
  return value;
}

}  // namespace

protocol::Bytes seal(std::string_view magic, std::span<const std::byte> payload) {
  protocol::Bytes record;
  record.reserve(kEnvelope + payload.size());
  for (const char c : magic) record.push_back(static_cast<std::byte>(c));
  put_u32(record, static_cast<std::uint32_t>(payload.size()));
  put_u32(record, crc32c(payload));
  record.insert(record.end(), payload.begin(), payload.end());
  return record;
}

Result<protocol::Bytes> unseal(std::string_view magic, std::span<const std::byte> record) {
  const std::string hint = "it was not written whole or was changed by hand";
  if (record.size() < kEnvelope) return fail(Code::kCorrupt, "too short", hint);
  const auto same = [&record, magic](std::size_t count) {
    return std::equal(magic.begin(), magic.begin() + static_cast<std::ptrdiff_t>(count),
                      record.begin(),
                      [](char c, std::byte byte) { return static_cast<std::byte>(c) == byte; });
  };
  if (!same(kMagicSize - 1)) return fail(Code::kCorrupt, "not a record of gannet", hint);
  if (!same(kMagicSize)) {
    return fail(Code::kUnsupported, "written by another version of gannet",
                "use the newest gannet for this host");
  }
  const auto payload = record.subspan(kEnvelope);
  if (get_u32(record.subspan(kMagicSize, 4)) != payload.size()) {
    return fail(Code::kCorrupt, "wrong length", hint);
  }
  if (get_u32(record.subspan(kMagicSize + 4, 4)) != crc32c(payload)) {
    return fail(Code::kCorrupt, "wrong checksum", hint);
  }
  return protocol::Bytes(payload.begin(), payload.end());
}

Result<protocol::Bytes> read_record(FileSystem& files, const std::string& path,
                                    std::string_view magic) {
  TRY(const auto bytes, read_file(files, path, kMaxRecord));
  auto payload = unseal(magic, bytes);
  if (!payload) return fail(std::move(payload.error()).in(path));
  return payload;
}

}  // namespace gannet::agent
