// Secrets in the text of a file: tokens of known form, private keys, passwords in URLs.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "inventory/problem.h"

namespace gannet::playbooks {

/// Findings of GN-SECRET-001 to 003 in `text`, in file order, about 20 at most. Only the first
/// 1 MB is looked at; with a NUL in the first 8 KB, only for private keys. Neither messages nor
/// source lines hold more than the first four characters of a secret; very long lines are not
/// shown. Placeholders and variables are no secrets. `file` is for the places.
[[nodiscard]] std::vector<inventory::Problem> scan_secrets(std::string_view text,
                                                           const std::string& file);

/// `text` with every secret in it cut as in the findings; once more changes nothing.
[[nodiscard]] std::string hide_secrets(std::string_view text);

}  // namespace gannet::playbooks
