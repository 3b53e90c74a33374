// The variables of an environment: the common .env of the project, and the environment's own file
// above it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "inventory/source_location.h"
#include "playbooks/env_document.h"
#include "playbooks/env_file.h"
#include "playbooks/project.h"

namespace gannet::playbooks {

/// Paths as they can be opened; empty: there is none.
struct EnvPaths {
  std::filesystem::path common;  ///< .env beside gannet.yaml, when it is there
  std::filesystem::path own;     ///< env_file of the environment, there or not
};

/// `own`: absolute, or empty.
[[nodiscard]] EnvPaths env_paths(const std::filesystem::path& root, std::filesystem::path own);
/// `environment` null: only the common file. When env_file *is* .env, that is the own file.
[[nodiscard]] EnvPaths env_paths(const Project& project, const Environment* environment);

/// The two texts as one: what is shipped. The later assignment of a name wins, so the own file
/// comes last; byte order marks are left out. Errors: as load_env_file().
[[nodiscard]] Result<std::string> merged_env_text(const EnvPaths& paths);

/// The variables of the merged text; errors name the file that the user wrote.
[[nodiscard]] Result<Variables> load_env_files(const EnvPaths& paths);

/// One file of the two, taken apart.
struct EnvLayer {
  std::filesystem::path path;
  EnvDocument document;
  Variables variables;  ///< what it sets and what lies beneath it, as Compose reads them
};

/// A variable of the environment and where its value comes from.
struct EnvValue {
  std::string value;  ///< as Compose and gannet read it
  inventory::SourceLocation from;
  std::optional<inventory::SourceLocation> over;  ///< in the common file: what it replaces
};

/// Everything about an environment's variables.
struct EnvView {
  std::vector<EnvLayer> layers;  ///< common first
  std::map<std::string, EnvValue> values;
};

/// Reads both files. A missing own file is an error. Errors: as load_env_file().
[[nodiscard]] Result<EnvView> read_env_view(const EnvPaths& paths);

}  // namespace gannet::playbooks
