// What the commands about env files share.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "controller/cli/options.h"
#include "playbooks/env_layers.h"
#include "playbooks/project.h"

namespace gannet::controller {

/// Stands for .env, the file beneath those of all environments (unless an environment has the
/// name).
inline constexpr std::string_view kCommonEnv = "common";

/// The project, without hosts. Errors: all problems of gannet.yaml as one.
[[nodiscard]] Result<playbooks::Project> load_env_project(const GlobalOptions& options);

/// The files of the environment `name`, or of kCommonEnv. Errors: kInvalidInput with the nearest.
[[nodiscard]] Result<playbooks::EnvPaths> env_paths_of(const playbooks::Project& project,
                                                       const std::string& name);

/// What the commands that only read begin with.
struct OpenEnv {
  playbooks::Project project;
  playbooks::EnvPaths paths;
  playbooks::EnvView view;
};
/// Errors: those of the three functions that make the parts.
[[nodiscard]] Result<OpenEnv> open_env(const GlobalOptions& options, const std::string& name);

/// True for a value that is not shown without being asked for: its name looks secret, or it holds
/// a password in a URL, a private key, or looks like a token.
[[nodiscard]] bool hides_value(std::string_view key, std::string_view value);

/// The keys of values to hide: those of hides_value(), and those whose values hold one of theirs.
[[nodiscard]] std::set<std::string> hidden_keys(const playbooks::EnvView& view);

/// `value` for people on one line, line breaks as \n; "********" when it is `hidden`.
[[nodiscard]] std::string shown_value(const std::string& value, bool hidden);

/// `file` as one would type it from the folder of the project.
[[nodiscard]] std::string short_path(const std::string& file, const playbooks::Project& project);
[[nodiscard]] std::string short_place(const inventory::SourceLocation& from,
                                      const playbooks::Project& project);

/// The argument ENV, which goes to `target`.
[[nodiscard]] PositionalSpec env_argument(std::vector<std::string>& target,
                                          const std::string& name = "ENV");
/// The option --reveal.
[[nodiscard]] OptionSpec reveal_option(bool& target);

}  // namespace gannet::controller
