// Names of images that did not come to the same image on all hosts.
#pragma once

#include <string>
#include <vector>

#include "protocol/activation.h"

namespace gannet::controller {

/// What the names of images came to on a host that has the release now. Source:
/// protocol::ApplyReply::images.
struct HostImages {
  std::string host;
  std::string machine;  ///< "aarch64": one name means one image for each kind of machine
  std::vector<protocol::ImageTag> images;
};

/// One sentence for each name that means different images on hosts of the same kind, naming both.
/// Each host resolves a tag itself: one that is pushed again in the middle of a run splits the
/// fleet.
[[nodiscard]] std::vector<std::string> mixed_images(const std::vector<HostImages>& hosts);

}  // namespace gannet::controller
