// Images for the system tests, made without Docker: the archive that `docker load` reads.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace gannet::test {

/// Absolute path in the image: content. All files are executable and root's.
using Layer = std::map<std::string, std::string>;

struct Image {
  std::string name;  ///< "web:v1"
  std::vector<Layer> layers;
  std::vector<std::string> command{"/web"};
};

/// An image of the small web server of tests/system/images that says `version` at "/".
[[nodiscard]] Image web_image(const std::string& name, const std::string& version);

/// Writes a `docker load` archive for this machine's architecture; returns the image's id,
/// "sha256:...". The same image gives the same bytes.
std::string write_image_archive(const std::filesystem::path& file, const Image& image);

}  // namespace gannet::test
