// Images of the Docker on this machine.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "controller/images/image_archive.h"

namespace gannet::controller {

/// `docker save` of the image called `name`, as an archive whose file has no name any more and
/// goes away with it. `docker`: program to run. Errors: kNotFound when Docker is not installed
/// here, or has no image of that name; kInvalidInput for what cannot be a name; kTimeout,
/// kInterrupted, kNoSpace, kCommandFailed with Docker's words.
[[nodiscard]] Result<std::shared_ptr<ImageArchive>> docker_save(
    const std::string& name, const CancelFlag& cancelled, const std::string& docker = "docker");

}  // namespace gannet::controller
