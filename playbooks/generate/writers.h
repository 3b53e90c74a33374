// The texts of generated files, without the line at their head. Deterministic; each ends with a
// line break.
#pragma once

#include <string>
#include <vector>

#include "playbooks/env_uses.h"
#include "playbooks/generate/spec.h"

namespace gannet::playbooks {

[[nodiscard]] std::string write_containers(const GenerateSpec& spec);
[[nodiscard]] std::string write_site(const SiteSpec& site);
/// `name`: of the unit, without its ending.
[[nodiscard]] std::string write_hardened_unit(const UnitSpec& unit, const std::string& name);
[[nodiscard]] std::string write_unit_timer(const UnitSpec& unit, const std::string& name);
/// Every variable once, those without a default first. Values are never written.
[[nodiscard]] std::string write_env_example(const std::vector<EnvUse>& uses);

/// What stands behind a generated file's head line.
struct GeneratedFile {
  std::string kind;     ///< "compose", "caddy", "systemd" or "env"
  std::string service;  ///< empty for env
  std::string path;     ///< relative to the project
  std::string text;     ///< with the head line
};

/// The files of the project, of `kind` only unless that is "all"; sorted by path. Two services for
/// one file are a problem.
[[nodiscard]] tl::expected<std::vector<GeneratedFile>, std::vector<inventory::Problem>>
generate_files(const Project& project, const std::string& kind);

/// True when gannet wrote `text` and nobody has changed it since: the head line holds the hash of
/// the rest.
[[nodiscard]] bool is_untouched(std::string_view text);

/// The lines that differ, as diff -u would show them with three lines of context. Texts without
/// NUL; more than 4,000 lines are shown as removed and added.
[[nodiscard]] std::string line_diff(const std::string& name, std::string_view before,
                                    std::string_view after);

}  // namespace gannet::playbooks
