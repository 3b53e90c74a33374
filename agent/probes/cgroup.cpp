#include "agent/probes/cgroup.h"

#include <algorithm>

#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr std::size_t kIdLength = 64;

bool is_hex_id(std::string_view text) {
  return text.size() == kIdLength && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

/// The id in "docker-<id>.scope", "libpod-<id>.scope", "cri-containerd-<id>.scope" or "<id>".
std::string_view container_id(std::string_view part) {
  if (part.ends_with(".scope")) part.remove_suffix(6);
  if (is_hex_id(part)) return part;
  const std::size_t dash = part.rfind('-');
  if (dash == std::string_view::npos) return {};
  const std::string_view id = part.substr(dash + 1);
  return is_hex_id(id) ? id : std::string_view();
}

void look_at_path(std::string_view path, Membership& found) {
  for (const std::string& part : split(path, '/')) {
    // user@1000.service holds all of a user's session: it says nothing about one process.
    if (part.ends_with(".service") && !part.starts_with("user@")) found.unit = part;
    const std::string_view id = container_id(part);
    if (!id.empty()) found.container = id;
  }
}

}  // namespace

Membership parse_cgroup(std::string_view content) {
  Membership found;
  for (const std::string& line : split(content, '\n')) {
    const std::size_t first = line.find(':');
    if (first == std::string::npos) continue;
    const std::size_t second = line.find(':', first + 1);
    if (second == std::string::npos) continue;
    look_at_path(std::string_view(line).substr(second + 1), found);
  }
  return found;
}

}  // namespace gannet::agent
