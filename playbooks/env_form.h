// How a value is written so that it is read again as the same value.
#pragma once

#include <string>

#include "base/result.h"
#include "playbooks/env_document.h"

namespace gannet::playbooks {

/// What stands behind "KEY=" for `value`: without quotes where nothing in it means anything, else
/// in single quotes, else in double quotes. With EnvReader::kBoth Compose and systemd read the
/// same. Errors: kInvalidInput: the name or the value cannot be read so by `reader`; never the
/// value itself.
[[nodiscard]] Result<std::string> env_form(const std::string& key, const std::string& value,
                                           EnvReader reader);

/// Refuses `form`, written by the user, when the two programs would read different values and both
/// have to. Variables in it are known to Compose only: a form with one is always different.
[[nodiscard]] Result<> check_env_form(const std::string& key, const std::string& form,
                                      EnvReader reader);

/// A name that may be set. Errors: kInvalidInput.
[[nodiscard]] Result<> check_env_key(const std::string& key, EnvReader reader);

}  // namespace gannet::playbooks
