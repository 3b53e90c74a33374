// The Compose file of a service that is described in gannet.yaml alone.
#pragma once

#include <string>

#include "playbooks/compose_service.h"
#include "playbooks/render_scope.h"

namespace gannet::playbooks {

/// A file with one service, which runs `image`. Deterministic. Every text is in quotes, and no "$"
/// in it means anything to Compose: `scope` replaces the variables.
[[nodiscard]] std::string write_compose_file(const std::string& service, const std::string& image,
                                             const ComposeService& compose, RenderScope& scope);

}  // namespace gannet::playbooks
