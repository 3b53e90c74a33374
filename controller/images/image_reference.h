// Names of images, as people shorten them.
#pragma once

#include <string>
#include <string_view>

namespace gannet::controller {

/// The name in full: "api" is "docker.io/library/api:latest". A digest ("@sha256:...") is dropped
/// when a tag is there.
[[nodiscard]] std::string full_reference(std::string_view reference);

/// True when `stored`, a name from an archive, means `wanted`. OCI archives may name the tag alone.
[[nodiscard]] bool means(std::string_view stored, std::string_view wanted);

}  // namespace gannet::controller
