// Which images run on which hosts.
#pragma once

#include <string>
#include <string_view>

namespace gannet::controller {

/// As image configurations name it. Source: OCI image specification, "Platform".
struct Platform {
  std::string os;
  std::string architecture;  ///< "amd64", "arm64", "arm"
  std::string variant;       ///< of arm: "v7", "v6"; else as the image says, or empty

  friend bool operator==(const Platform&, const Platform&) = default;
};

/// The platform of a host. `machine`: `uname -m`; one that is not known is its own architecture.
[[nodiscard]] Platform platform_of(std::string_view machine);

/// "linux/arm/v7".
[[nodiscard]] std::string to_string(const Platform& platform);

/// How well an image fits a host: 0: not at all; the greater the better. An older variant of arm
/// runs on a newer one; an image that names no variant is taken to fit.
[[nodiscard]] int fitness(const Platform& image, const Platform& host);

}  // namespace gannet::controller
