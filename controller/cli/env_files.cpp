#include "controller/cli/env_files.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <vector>

#include "base/text.h"
#include "controller/cli/workspace.h"
#include "controller/deploy/mask_secrets.h"
#include "inventory/problem.h"

namespace gannet::controller {
namespace {

constexpr std::size_t kShortestToken = 20;  // characters

/// user:password@ behind "://".
bool holds_url_password(std::string_view value) {
  const auto scheme = value.find("://");
  if (scheme == std::string_view::npos) return false;
  const auto rest = value.substr(scheme + 3);
  const auto end = rest.find_first_of("/?# ");
  const auto at = rest.substr(0, end).rfind('@');
  const auto colon = rest.find(':');
  return at != std::string_view::npos && colon < at && colon + 1 < at;
}

/// One long word of letters and digits: what generators of keys print.
bool looks_like_token(std::string_view value) {
  const auto is = [](int (*what)(int)) {
    return [what](char c) { return what(static_cast<unsigned char>(c)) != 0; };
  };
  return value.size() >= kShortestToken && std::ranges::any_of(value, is(std::isdigit)) &&
         std::ranges::any_of(value, is(std::isalpha)) && std::ranges::all_of(value, [&](char c) {
           return is(std::isalnum)(c) || c == '+' || c == '=' || c == '_' || c == '-' || c == '$';
         });
}

bool names_a_key(std::string_view key) {
  std::string name;
  for (const char c : key) name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (const std::string_view end : {"PASS", "PWD", "KEY", "AUTH", "SALT", "PIN", "DSN", "PEPPER"})
    if (name == end || name.ends_with("_" + std::string(end))) return true;
  return name.ends_with("PASS");
}

}  // namespace

Result<playbooks::Project> load_env_project(const GlobalOptions& options) {
  auto project = playbooks::parse_project(project_file(options));
  if (!project) return fail(inventory::to_single_error(project.error()));
  return std::move(*project);
}

Result<playbooks::EnvPaths> env_paths_of(const playbooks::Project& project,
                                         const std::string& name) {
  if (const auto* environment = project.find_environment(name))
    return playbooks::env_paths(project, environment);
  if (name == kCommonEnv)
    return playbooks::EnvPaths{"", (project.root / ".env").lexically_normal()};
  std::vector<std::string> names;
  names.reserve(project.environments.size() + 1);
  for (const auto& each : project.environments) names.push_back(each.name);
  names.emplace_back(kCommonEnv);
  const auto meant = nearest(name, names);
  return fail(Code::kInvalidInput,
              "no environment is called \"" + printable(name) + "\" in " + project.file,
              meant ? "did you mean \"" + *meant + "\"?" : "known: " + join(names, ", "));
}

Result<OpenEnv> open_env(const GlobalOptions& options, const std::string& name) {
  TRY(auto project, load_env_project(options));
  TRY(auto paths, env_paths_of(project, name));
  TRY(auto view, playbooks::read_env_view(paths));
  return OpenEnv{std::move(project), std::move(paths), std::move(view)};
}

bool hides_value(std::string_view key, std::string_view value) {
  return !value.empty() &&
         (looks_secret(key) || names_a_key(key) || holds_url_password(value) ||
          looks_like_token(value) || value.find("PRIVATE KEY-----") != std::string_view::npos);
}

std::set<std::string> hidden_keys(const playbooks::EnvView& view) {
  constexpr std::size_t kShortestSecret = 4;  // shorter ones stand in half of all values
  std::set<std::string> keys;
  std::vector<std::string_view> secrets;
  for (const auto& [key, value] : view.values) {
    if (!hides_value(key, value.value)) continue;
    keys.insert(key);
    if (value.value.size() >= kShortestSecret) secrets.push_back(value.value);
  }
  for (const auto& [key, value] : view.values) {
    const auto holds = [&text = value.value](std::string_view secret) {
      return text.find(secret) != std::string::npos;
    };
    if (std::ranges::any_of(secrets, holds)) keys.insert(key);
  }
  return keys;
}

std::string shown_value(const std::string& value, bool hidden) {
  if (hidden) return "********";
  std::string line;
  for (const char c : printable(value)) {
    if (c == '\n')
      line += "\\n";
    else
      line += c == '\t' ? ' ' : c;
  }
  return line;
}

std::string short_path(const std::string& file, const playbooks::Project& project) {
  const auto relative = std::filesystem::path(file).lexically_relative(project.root).string();
  return relative.empty() || relative.starts_with("..") ? file : relative;
}

std::string short_place(const inventory::SourceLocation& from, const playbooks::Project& project) {
  return short_path(from.file, project) + ":" + std::to_string(from.line);
}

PositionalSpec env_argument(std::vector<std::string>& target, const std::string& name) {
  return {name,    "An environment of the project, or \"common\" for .env",
          &target, 1,
          1,       Completes::kEnvironments,
          {}};
}

OptionSpec reveal_option(bool& target) {
  return {"", "reveal", "", "Show values that look secret", &target, Completes::kNothing, {}};
}

}  // namespace gannet::controller
