#include "playbooks/env_layers.h"

#include <string_view>
#include <utility>

#include "playbooks/env_store.h"

namespace gannet::playbooks {
namespace {

std::vector<std::filesystem::path> files_of(const EnvPaths& paths) {
  std::vector<std::filesystem::path> files;
  if (!paths.common.empty()) files.push_back(paths.common);
  if (!paths.own.empty()) files.push_back(paths.own);
  return files;
}

}  // namespace

EnvPaths env_paths(const Project& project, const Environment* environment) {
  if (environment == nullptr || !environment->env_file) return env_paths(project.root, {});
  return env_paths(project.root, (project.root / *environment->env_file).lexically_normal());
}

EnvPaths env_paths(const std::filesystem::path& root, std::filesystem::path own) {
  EnvPaths paths{"", std::move(own)};
  const auto common = (root / ".env").lexically_normal();
  std::error_code ec;
  if (std::filesystem::exists(common, ec) && common != paths.own &&
      !(std::filesystem::exists(paths.own, ec) &&
        std::filesystem::equivalent(common, paths.own, ec)))
    paths.common = common;
  return paths;
}

Result<std::string> merged_env_text(const EnvPaths& paths) {
  std::string merged;
  for (const auto& file : files_of(paths)) {
    TRY(auto text, read_env_text(file));
    if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
    if (!merged.empty() && merged.back() != '\n') merged += '\n';
    merged += text;
  }
  return merged;
}

Result<Variables> load_env_files(const EnvPaths& paths) {
  Variables variables;
  for (const auto& file : files_of(paths)) {
    TRY(const auto text, read_env_text(file));
    TRY(variables, parse_env(text, file.string(), {}, std::move(variables)));
  }
  return variables;
}

Result<EnvView> read_env_view(const EnvPaths& paths) {
  EnvView view;
  Variables variables;
  for (const auto& file : files_of(paths)) {
    TRY(auto text, read_env_text(file));
    TRY(variables, parse_env(text, file.string(), {}, std::move(variables)));
    TRY(auto document, EnvDocument::parse(std::move(text), file.string()));
    const bool own = !view.layers.empty();
    for (const auto& entry : document.entries()) {
      auto& value = view.values[entry.key];
      if (own && value.from.line != 0 && value.from.file != entry.from.file)
        value.over = value.from;
      value.from = entry.from;
    }
    view.layers.push_back({file, std::move(document), variables});
  }
  for (auto& [key, value] : view.values) value.value = variables[key];
  return view;
}

}  // namespace gannet::playbooks
