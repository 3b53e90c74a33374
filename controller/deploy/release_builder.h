// From the project's words to the protocol's: releases, checks and pre-flight.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "playbooks/project.h"
#include "playbooks/render.h"
#include "protocol/check.h"
#include "protocol/release.h"

namespace gannet::controller {

/// What all releases of one run have in common.
struct ReleaseStamp {
  std::string id;
  std::string tag;
  std::string run;
  std::string who;
  std::int64_t created_ms = 0;
};

/// What the host should have and run. Images that gannet ships (RenderedCompose::sources) are not
/// in it yet: ImageResolver knows them, add_image() puts them in.
[[nodiscard]] protocol::Release build_release(const playbooks::RenderedService& service,
                                              const ReleaseStamp& stamp);

/// Adds an image to the Compose project of `release`, which has one. Images are sorted by service,
/// so that the same project is the same release whoever knew its images first.
void add_image(protocol::Release& release, protocol::ImageSpec image);

[[nodiscard]] protocol::Check build_check(const playbooks::CheckSpec& spec);

/// What is looked at on every host before anything is changed: the built-in checks, then those of
/// the project. Built in: space on / (warning) and, when known, on the file system of `state_dir`,
/// memory, load, temperature and throttling (warnings), and a clock within 30 s of ours.
[[nodiscard]] std::vector<protocol::Check> preflight_checks(
    const std::vector<playbooks::CheckSpec>& project_checks, const std::string& state_dir);

}  // namespace gannet::controller
