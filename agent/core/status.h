// Questions about a host that change nothing.
#pragma once

#include "agent/core/engine.h"
#include "agent/progress.h"
#include "base/result.h"
#include "protocol/messages.h"

namespace gannet::agent {

[[nodiscard]] Result<protocol::StatusReply> host_status(const Engine& engine,
                                                        const protocol::StatusRequest& request,
                                                        Progress& progress);

/// Errors: kNotFound when that release (or one before the current one) is not kept.
[[nodiscard]] Result<protocol::GetReleaseReply> kept_release(
    const Engine& engine, const protocol::GetReleaseRequest& request);

/// Errors: kInvalidInput for a path that is not clean, kConflict for what is no regular file,
/// kPermission for the content of a file that a release in force marks secret.
[[nodiscard]] Result<protocol::ReadFileReply> file_for_plan(
    const Engine& engine, const protocol::ReadFileRequest& request);

}  // namespace gannet::agent
