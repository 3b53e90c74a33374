// What a process belongs to, from the text of /proc/<pid>/cgroup.
#pragma once

#include <string>
#include <string_view>

namespace gannet::agent {

struct Membership {
  std::string unit;       ///< innermost systemd service; empty: none
  std::string container;  ///< 64 hex digits of a Docker, Podman or containerd container, or empty
};

/// Understands cgroup v1 and v2, Docker with both cgroup drivers, and Podman.
[[nodiscard]] Membership parse_cgroup(std::string_view content);

}  // namespace gannet::agent
