// Plans are read aloud, pasted into issues and kept in logs: values that look secret are masked.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "controller/deploy/operation_types.h"
#include "playbooks/env_file.h"

namespace gannet::controller {

/// True for names such as DB_PASSWORD, api-token, "privateKey".
[[nodiscard]] bool looks_secret(std::string_view name);

/// `text` line by line (a unified diff or plain lines) with ******** instead of
/// - the value after the first ':' or '=' of a line whose name looks secret, old or new;
/// - every occurrence of one of `values` of at least four characters, and whole removed lines
///   beside one: they may hold the value that it replaces.
[[nodiscard]] std::string mask_secrets(std::string_view text,
                                       const std::vector<std::string>& values);

/// Masks the differences and commands of a plan. Secret values: those of variables whose names
/// look secret. Files marked `secret` are not shown in the first place.
void mask_secrets(HostPlan& plan, const playbooks::Variables& variables);

}  // namespace gannet::controller
