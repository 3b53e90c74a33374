// The end of a transaction that worked: its releases are in force, what nobody needs goes.
#pragma once

#include <cstdint>
#include <string>

#include "agent/core/engine.h"
#include "base/result.h"
#include "protocol/messages.h"

namespace gannet::agent {

/// Puts the releases of an applied transaction in force. The caller holds the host's lock.
/// Committing twice is fine: the second answer is the first. Errors: kNotFound when it is not open
/// (restored, or of long ago), kConflict when its deadline has passed, kNoSpace and the like; then
/// the transaction still waits, unless the next start finds that it was decided already.
[[nodiscard]] Result<protocol::CommitReply> commit(const Engine& engine,
                                                   const std::string& transaction);

/// Everything after the decision; may be repeated. `journal` is in state kCommitting.
[[nodiscard]] Result<protocol::CommitReply> finish_commit(const Engine& engine,
                                                          const Journal& journal);

}  // namespace gannet::agent
