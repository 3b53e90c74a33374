// Which layers of an image Docker has already. It keeps a layer together with all those below it.
#pragma once

#include <set>
#include <vector>

#include "agent/services/docker_cli.h"
#include "base/hash.h"
#include "protocol/activation.h"

namespace gannet::agent {

/// The diff-ids of `wanted` that need not be sent: an image of the store has the same layer on the
/// same layers. A layer that is also needed at another place of `wanted` is not among them.
[[nodiscard]] std::set<Digest> known_layers(const protocol::ImageSpec& wanted,
                                            const std::vector<StoredImage>& stored);

}  // namespace gannet::agent
