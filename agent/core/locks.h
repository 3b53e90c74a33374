// Who may change this host now: the flock of whoever does, the transaction that waits for its
// commit, and the operator's "not now".
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/core/engine.h"
#include "base/result.h"
#include "protocol/messages.h"

namespace gannet::agent {

/// Takes the host's lock and writes into it who holds it and why. Somebody who holds it for a
/// moment is waited for (half a second). Errors: kLocked naming the holder.
[[nodiscard]] Result<std::unique_ptr<FileLock>> take_host_lock(const Engine& engine,
                                                               const std::string& why);

/// The operator's lock, unless it has expired.
[[nodiscard]] Result<std::optional<protocol::LockInfo>> operator_lock(const Engine& engine);
[[nodiscard]] Result<> set_operator_lock(const Engine& engine, const protocol::LockInfo& lock);
[[nodiscard]] Result<> clear_operator_lock(const Engine& engine);

/// Errors: kLocked for an operator's lock.
[[nodiscard]] Result<> check_not_locked(const Engine& engine);
/// Errors: kLocked for an open transaction; names who, since when, why, run and until when.
[[nodiscard]] Result<> check_nothing_pending(const Engine& engine);

}  // namespace gannet::agent
