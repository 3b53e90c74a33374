#include "agent/services/image_chains.h"

#include <string>

namespace gannet::agent {
namespace {

/// Names a layer with all below it, as Docker does; `below` is empty for the lowest.
std::string chain(const std::string& below, const std::string& diff_id) {
  return below.empty() ? diff_id : "sha256:" + sha256(below + " " + diff_id).hex();
}

}  // namespace

std::set<Digest> known_layers(const protocol::ImageSpec& wanted,
                              const std::vector<StoredImage>& stored) {
  std::set<std::string> chains;
  for (const StoredImage& image : stored) {
    std::string below;
    for (const std::string& diff_id : image.layers) {
      below = chain(below, diff_id);
      chains.insert(below);
    }
  }
  std::set<Digest> known;
  std::set<Digest> needed;
  std::string below;
  for (const auto& layer : wanted.layers) {
    below = chain(below, "sha256:" + layer.diff_id.hex());
    (chains.contains(below) ? known : needed).insert(layer.diff_id);
  }
  for (const Digest& digest : needed) known.erase(digest);
  return known;
}

}  // namespace gannet::agent
