#include "controller/deploy/mixed_images.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "base/text.h"

namespace gannet::controller {
namespace {

/// Hosts that have an image in common.
struct SameImage {
  std::set<std::string> digests;
  std::vector<std::string> hosts;
};

std::string short_digest(std::string_view digest) {
  constexpr std::size_t kShown = 7 + 12;  // "sha256:" and as many digits as docker shows
  return printable(digest.substr(0, kShown));
}

void add_host(std::vector<SameImage>& groups, const std::string& host, const std::string& digests) {
  const auto words = split(digests, ' ');
  const std::set<std::string> known(words.begin(), words.end());
  const auto shares = [&known](const SameImage& group) {
    return std::ranges::any_of(known, [&](const auto& one) { return group.digests.contains(one); });
  };
  auto group = std::ranges::find_if(groups, shares);
  if (group == groups.end()) group = groups.insert(groups.end(), SameImage{});
  group->digests.insert(known.begin(), known.end());
  group->hosts.push_back(host);
}

std::string hosts_text(const std::vector<std::string>& hosts) {
  constexpr std::size_t kMostNamed = 5;
  if (hosts.size() <= kMostNamed) return join(hosts, ", ");
  const std::vector<std::string> first(hosts.begin(), hosts.begin() + kMostNamed);
  return join(first, ", ") + " and " + std::to_string(hosts.size() - kMostNamed) + " more";
}

}  // namespace

std::vector<std::string> mixed_images(const std::vector<HostImages>& hosts) {
  std::map<std::string, std::vector<SameImage>> names;
  for (const HostImages& host : hosts) {
    for (const auto& image : host.images) {
      if (!image.id.empty()) add_host(names[image.reference], host.host, image.id);
    }
  }
  std::vector<std::string> sentences;
  for (const auto& [name, groups] : names) {
    if (groups.size() < 2) continue;
    std::vector<std::string> parts;
    for (const SameImage& group : groups) {
      parts.push_back(short_digest(*group.digests.begin()) + " on " + hosts_text(group.hosts));
    }
    sentences.push_back(
        printable(name) + " is not the same image everywhere: " + join(parts, "; ") +
        ". It was pushed again meanwhile, or a host kept an older one: deploy again "
        "with `pull: always`, or name the image by its digest");
  }
  return sentences;
}

}  // namespace gannet::controller
