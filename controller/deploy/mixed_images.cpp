#include "controller/deploy/mixed_images.h"

#include <map>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace gannet::controller {
namespace {

std::string short_digest(std::string_view digest) {
  constexpr std::size_t kShown = 7 + 12;  // "sha256:" and as many digits as docker shows
  return printable(digest.substr(0, kShown));
}

std::string hosts_text(const std::vector<std::string>& hosts) {
  constexpr std::size_t kMostNamed = 5;
  if (hosts.size() <= kMostNamed) return join(hosts, ", ");
  const std::vector<std::string> first(hosts.begin(), hosts.begin() + kMostNamed);
  return join(first, ", ") + " and " + std::to_string(hosts.size() - kMostNamed) + " more";
}

}  // namespace

std::vector<std::string> mixed_images(const std::vector<HostImages>& hosts) {
  using HostsOfImage = std::map<std::string, std::vector<std::string>>;
  std::map<std::pair<std::string, std::string>, HostsOfImage> names;
  for (const HostImages& host : hosts) {
    for (const auto& image : host.images) {
      if (image.id.empty() || image.reference.find('@') != std::string::npos) continue;
      names[{image.reference, host.machine}][image.id].push_back(host.host);
    }
  }
  std::vector<std::string> sentences;
  for (const auto& [name, images] : names) {
    if (images.size() < 2) continue;
    std::vector<std::string> parts;
    for (const auto& [id, having] : images) {
      parts.push_back(short_digest(id) + " on " + hosts_text(having));
    }
    sentences.push_back(
        printable(name.first) + " is not the same image everywhere: " + join(parts, "; ") +
        ". It was pushed again meanwhile, or a host kept an older one: deploy again "
        "with `pull: always`, or name the image by its digest");
  }
  return sentences;
}

}  // namespace gannet::controller
