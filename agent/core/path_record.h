// A PathState as it stands in the records of the state directory.
#pragma once

#include <span>

#include "agent/core/snapshot.h"
#include "base/result.h"
#include "protocol/wire.h"

namespace gannet::agent {

[[nodiscard]] protocol::Bytes encode_path(const PathState& state);
/// Errors: kCorrupt, kBadMessage; neither names the file.
[[nodiscard]] Result<PathState> decode_path(std::span<const std::byte> bytes);

}  // namespace gannet::agent
