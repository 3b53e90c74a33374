// FrameType::kExec: an ad-hoc command whose output streams to the controller.
#pragma once

#include <cstdint>

#include "agent/progress.h"
#include "agent/system/session.h"
#include "base/result.h"
#include "protocol/messages.h"

namespace gannet::agent {

/// Runs the command of request `id`. Its output becomes events; kData of `id` is its stdin.
/// Errors: kInvalidInput (no command), kRemoteIo (not started), kInterrupted (cancelled).
[[nodiscard]] Result<protocol::ExecReply> run_exec(const protocol::ExecRequest& request,
                                                   std::uint32_t id, Session& session,
                                                   Progress& progress);

}  // namespace gannet::agent
