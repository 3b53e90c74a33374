#include "agent/services/passwd.h"

#include "base/text.h"

namespace gannet::agent {
namespace {

template <class Predicate>
std::optional<PasswdEntry> find_if(const HostTree& tree, const Predicate& matches) {
  const auto text = read_file(tree.path("/etc/passwd"));
  if (!text) return std::nullopt;
  for (const std::string& line : split(*text, '\n')) {
    // name:password:uid:gid:gecos:home:shell
    const auto fields = split(line, ':');
    if (fields.size() < 6) continue;
    const auto uid = parse_unsigned(fields[2]);
    if (!uid || *uid > UINT32_MAX) continue;
    PasswdEntry entry{fields[0], static_cast<std::uint32_t>(*uid), fields[5]};
    if (matches(entry)) return entry;
  }
  return std::nullopt;
}

}  // namespace

std::optional<PasswdEntry> find_user(const HostTree& tree, std::uint32_t uid) {
  return find_if(tree, [uid](const PasswdEntry& entry) { return entry.uid == uid; });
}

std::optional<PasswdEntry> find_user(const HostTree& tree, std::string_view name) {
  return find_if(tree, [name](const PasswdEntry& entry) { return entry.name == name; });
}

}  // namespace gannet::agent
