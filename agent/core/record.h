// The envelope of every file in the state: 8 bytes magic with version, 4 bytes length, 4 bytes
// CRC-32C, payload (numbers little-endian). A file that was not written whole is found out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "agent/core/file_system.h"
#include "base/result.h"
#include "protocol/wire.h"

namespace gannet::agent {

/// Exactly eight characters; the last one is the version.
inline constexpr std::string_view kJournalMagic = "GNTJRNL1";
inline constexpr std::string_view kReleaseMagic = "GNTRLSE1";
inline constexpr std::string_view kLockMagic = "GNTLOCK1";
inline constexpr std::string_view kRecoveryMagic = "GNTRCVR1";

/// A record larger than this was not written by us (100,000 files fit).
inline constexpr std::uint64_t kMaxRecord = 64ULL * 1024 * 1024;  // bytes

[[nodiscard]] protocol::Bytes seal(std::string_view magic, std::span<const std::byte> payload);

/// Errors: kCorrupt when damaged, kUnsupported when of another version; neither names the file.
[[nodiscard]] Result<protocol::Bytes> unseal(std::string_view magic,
                                             std::span<const std::byte> record);

/// Reads and unseals. Errors: as FileSystem and unseal(), naming the file.
[[nodiscard]] Result<protocol::Bytes> read_record(FileSystem& files, const std::string& path,
                                                  std::string_view magic);

}  // namespace gannet::agent
