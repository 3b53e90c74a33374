// Users of /etc/passwd: a static program asks no name service.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/system/posix.h"

namespace gannet::agent {

struct PasswdEntry {
  std::string name;
  std::uint32_t uid = 0;
  std::string home;
};

/// nullopt when the file names no such user.
[[nodiscard]] std::optional<PasswdEntry> find_user(const HostTree& tree, std::uint32_t uid);
[[nodiscard]] std::optional<PasswdEntry> find_user(const HostTree& tree, std::string_view name);

}  // namespace gannet::agent
