#include "agent/core/owners.h"

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

#include "agent/core/file_tools.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr std::uint64_t kMaxDatabase = 16ULL * 1024 * 1024;  // bytes

std::optional<std::uint32_t> number(const std::string& text) {
  std::uint32_t value = 0;
  const char* begin = text.c_str();
  const char* end = begin + text.size();
  const auto parsed = std::from_chars(begin, end, value);
  if (text.empty() || parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return value;
}

/// Lines of a colon-separated database, with their fields.
Result<std::vector<std::vector<std::string>>> rows(FileSystem& files, const std::string& path) {
  auto text = read_text(files, path, kMaxDatabase);
  std::vector<std::vector<std::string>> found;
  if (!text) {
    if (text.error().code == Code::kNotFound) return found;
    return fail(std::move(text.error()));
  }
  for (const std::string& line : split(*text, '\n')) {
    if (!line.empty() && line.front() != '#') found.push_back(split(line, ':'));
  }
  return found;
}

}  // namespace

Result<Owners> Owners::load(FileSystem& files) {
  Owners owners;
  owners.self_ = files.identity();
  TRY(const auto users, rows(files, "/etc/passwd"));
  for (const auto& row : users) {
    if (row.size() < 4) continue;
    const auto uid = number(row[2]);
    const auto gid = number(row[3]);
    if (uid && gid) owners.users_.emplace(row[0], User{*uid, *gid});
  }
  TRY(const auto groups, rows(files, "/etc/group"));
  for (const auto& row : groups) {
    if (row.size() < 3) continue;
    if (const auto gid = number(row[2])) owners.groups_.emplace(row[0], *gid);
  }
  return owners;
}

std::optional<Owners::User> Owners::find_user(const std::string& text) const {
  if (const auto found = users_.find(text); found != users_.end()) return found->second;
  const auto uid = number(text);
  if (!uid) return std::nullopt;
  for (const auto& [name, user] : users_) {
    if (user.uid == *uid) return user;
  }
  return User{*uid, *uid};
}

std::optional<std::uint32_t> Owners::find_group(const std::string& text) const {
  if (const auto found = groups_.find(text); found != groups_.end()) return found->second;
  return number(text);
}

bool Owners::may_give_to(Ownership owner) const {
  if (self_.uid == 0) return true;
  const bool member = owner.gid == self_.gid || std::find(self_.groups.begin(), self_.groups.end(),
                                                          owner.gid) != self_.groups.end();
  return owner.uid == self_.uid && member;
}

Result<Ownership> Owners::resolve(const protocol::FileEntry& entry) const {
  Ownership owner{self_.uid, self_.gid};
  if (!entry.owner.empty()) {
    const auto user = find_user(entry.owner);
    if (!user) {
      return fail(Code::kInvalidInput,
                  entry.path + ": no user \"" + entry.owner + "\" on this host",
                  "create the user, or correct `owner` of " + entry.path);
    }
    owner = {user->uid, user->gid};
    if (user->uid == self_.uid) owner.gid = self_.gid;
  }
  if (!entry.group.empty()) {
    const auto gid = find_group(entry.group);
    if (!gid) {
      return fail(Code::kInvalidInput,
                  entry.path + ": no group \"" + entry.group + "\" on this host",
                  "create the group, or correct `owner` of " + entry.path);
    }
    owner.gid = *gid;
  }
  if (may_give_to(owner)) return owner;
  return fail(Code::kPermission,
              entry.path + ": " + describe({self_.uid, self_.gid}) + " cannot give a file to " +
                  describe(owner),
              "set become: sudo for this host, or leave `owner` of " + entry.path + " out");
}

Result<> Owners::check_can_put_back(const std::string& path, Ownership owner) const {
  if (may_give_to(owner)) return {};
  return fail(Code::kPermission,
              path + ": belongs to " + describe(owner) + "; " + describe({self_.uid, self_.gid}) +
                  " could replace it but not put it back",
              "set become: sudo for this host, or give the file to the agent's user");
}

std::string Owners::describe(Ownership owner) const {
  std::string user = std::to_string(owner.uid);
  std::string group = std::to_string(owner.gid);
  for (const auto& [name, found] : users_) {
    if (found.uid == owner.uid) {
      user = name;
      break;
    }
  }
  for (const auto& [name, gid] : groups_) {
    if (gid == owner.gid) {
      group = name;
      break;
    }
  }
  return user + ":" + group;
}

}  // namespace gannet::agent
