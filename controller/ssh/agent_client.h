// The little that gannet itself says to the user's ssh-agent (draft-miller-ssh-agent).
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace gannet::controller {

/// A connection to the agent that listens on `socket`; blocking calls on it give up after
/// `patience` of silence. Errors: kIo.
[[nodiscard]] Result<UniqueFd> connect_agent(const std::string& socket,
                                             std::chrono::milliseconds patience);

/// The public keys the agent holds, as base64 blobs, in its order. Blocks for `patience` at most
/// per step. Errors: kIo, kBadMessage.
[[nodiscard]] Result<std::vector<std::string>> list_agent_keys(const std::string& socket,
                                                               std::chrono::milliseconds patience);

}  // namespace gannet::controller
