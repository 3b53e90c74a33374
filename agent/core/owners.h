// Names of users and groups, from /etc/passwd and /etc/group (a static binary has no NSS).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "agent/core/file_system.h"
#include "base/result.h"
#include "protocol/release.h"

namespace gannet::agent {

struct Ownership {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  friend bool operator==(const Ownership&, const Ownership&) = default;
};

class Owners {
 public:
  /// Missing files are empty ones: numbers still work.
  [[nodiscard]] static Result<Owners> load(FileSystem& files);

  /// Who shall own `entry`. An empty owner is the agent's user, an empty group the owner's primary
  /// group. Errors: kInvalidInput for a name that the host does not know, kPermission when the
  /// agent's user may not give files to that owner; both name path and fix.
  [[nodiscard]] Result<Ownership> resolve(const protocol::FileEntry& entry) const;

  /// A file that we may replace but could not put back as it was must not be touched.
  /// Errors: kPermission naming path and fix.
  [[nodiscard]] Result<> check_can_put_back(const std::string& path, Ownership owner) const;

  /// "root:app"; numbers where there is no name.
  [[nodiscard]] std::string describe(Ownership owner) const;

 private:
  struct User {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
  };

  [[nodiscard]] std::optional<User> find_user(const std::string& text) const;
  [[nodiscard]] std::optional<std::uint32_t> find_group(const std::string& text) const;
  [[nodiscard]] bool may_give_to(Ownership owner) const;

  Identity self_;
  std::map<std::string, User, std::less<>> users_;
  std::map<std::string, std::uint32_t, std::less<>> groups_;
};

}  // namespace gannet::agent
