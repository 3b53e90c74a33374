// Environment files in Compose's dotenv dialect. Reference: docs/gannet-yaml.md.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gannet::playbooks {

/// Names and values; the last assignment of a name wins.
using Variables = std::map<std::string, std::string>;

/// Reads `text`; `file` is for messages. `outer`: variables that win over the file's own inside
/// ${VAR} (Compose: the process environment; gannet gives none). Where Compose guesses, this
/// refuses: a line without "=", text behind a closing quote, a variable that is not set.
/// `beneath`: what a file read before has set; part of the result, and known inside ${VAR}.
/// Errors: kInvalidInput with file:line:column; never the line itself, it may hold a secret.
[[nodiscard]] Result<Variables> parse_env(std::string_view text, const std::string& file,
                                          const Variables& outer = {}, Variables beneath = {});

/// parse_env() of a file of at most 10 MB. Errors: also kNotFound.
[[nodiscard]] Result<Variables> load_env_file(const std::filesystem::path& file);

}  // namespace gannet::playbooks
