// What a name means on the host, and how to pull an image without changing that.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "agent/services/docker_cli.h"
#include "protocol/activation.h"

namespace gannet::agent {

struct PullOrder {
  std::string reference;
  std::string hold;  ///< a name for what comes, so that nobody cleans it away; empty: none
  std::chrono::milliseconds timeout{0};
  std::string service;  ///< whose output docker's is
};

/// Pulls and says which image came. The reference means afterwards what it meant before, also when
/// the pull failed or was stopped; one that meant nothing is taken away again, if there is a hold.
[[nodiscard]] Answer<std::string> pull_image(Docker& docker, const PullOrder& order,
                                             Progress& progress);

/// The id of a shipped image that is in Docker's store; empty: it is not.
[[nodiscard]] Answer<std::string> shipped_image(Docker& docker, const protocol::ImageSpec& image,
                                                Progress& progress);
/// A name by which a shipped image is found whose id is not the digest of its configuration.
[[nodiscard]] std::string shipped_name(const protocol::ImageSpec& image);

/// Lets each reference mean its image; one without an id is taken away. What is so already is not
/// touched.
[[nodiscard]] Outcome set_names(Docker& docker, const std::vector<protocol::ImageTag>& tags,
                                Progress& progress);

/// The id that `images` has for `reference`; empty: none.
[[nodiscard]] std::string id_of(const std::vector<protocol::ImageTag>& images,
                                const std::string& reference);

}  // namespace gannet::agent
