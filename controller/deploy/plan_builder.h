// What a prepared host would see change, with differences that people can read.
#pragma once

#include "controller/deploy/operations.h"
#include "controller/deploy/release_jobs.h"

namespace gannet::controller {

/// The plan of one prepared host, without differences in content. With releases that the host keeps
/// (`source`) it says what they bring back.
[[nodiscard]] HostPlan build_plan(const HostJob& job, const std::string& host,
                                  const BlobSource& blobs, ReleaseSource::Kind source);

/// Reads the files that `plan` would modify and adds the differences. Secrets are neither read nor
/// shown. What cannot be shown gets a note instead.
[[nodiscard]] Task<Result<>> add_differences(std::shared_ptr<AgentLink> link,
                                             const BlobSource& blobs, const HostJob* job,
                                             HostPlan* plan);

}  // namespace gannet::controller
