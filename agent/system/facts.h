// What a host is, read from the kernel's files and /etc; no name service is asked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/system/posix.h"
#include "protocol/messages.h"

namespace gannet::agent {

/// One line of /etc/passwd.
struct Account {
  std::string name;
  std::string home;
};

/// The account of `uid` in a passwd file; nullopt when it has none there.
[[nodiscard]] std::optional<Account> find_account(std::string_view passwd, std::uint32_t uid);

/// The value of `key` in a file such as /etc/os-release, without quotes; "" when not there.
[[nodiscard]] std::string os_release_value(std::string_view content, std::string_view key);

/// `key` of a meminfo file in bytes; nullopt when not there.
[[nodiscard]] std::optional<std::uint64_t> meminfo_bytes(std::string_view content,
                                                         std::string_view key);

/// All facts but state_dir. What cannot be read stays empty or 0. Kernel and architecture come
/// from uname(2), the uid from this process; the rest from `tree`.
[[nodiscard]] protocol::Facts read_facts(const HostTree& tree);

}  // namespace gannet::agent
