// What a Compose file says that gannet has to know: images, and the files it refers to.
#pragma once

#include <string>
#include <vector>

#include <tl/expected.hpp>

#include "inventory/problem.h"
#include "playbooks/placed_text.h"

namespace gannet::playbooks {

enum class ComposeFileUse { kEnvFile, kConfig, kSecret, kExtends, kInclude, kBind };

/// A path in a Compose file, as written: ${VAR} is Compose's and not replaced yet.
struct ComposeReference {
  ComposeFileUse use = ComposeFileUse::kBind;
  PlacedText path;
  bool required = true;  ///< false: Compose does without it
  std::string service;   ///< that uses it; empty: none in particular
};

/// A service of a Compose file.
struct ComposeFileService {
  std::string name;
  PlacedText image;        ///< as written
  PlacedText pull_policy;  ///< as written
  bool build = false;
  std::vector<PlacedText> profiles;
  std::string extends;      ///< service it extends; empty: none
  PlacedText extends_file;  ///< where that is; not given: in the same file
  inventory::SourceLocation from;
};

struct ComposeFile {
  std::vector<ComposeFileService> services;  ///< in file order
  std::vector<ComposeReference> references;
};

/// Reads `text`; `file` is for messages. What gannet has no need of is not looked at: Compose
/// itself is the judge of that. Problems: not YAML, `services` that are no mapping.
[[nodiscard]] tl::expected<ComposeFile, std::vector<inventory::Problem>> parse_compose_file(
    std::string file, std::string text);

}  // namespace gannet::playbooks
