#include "playbooks/compose_variables.h"

#include <utility>

#include "inventory/yaml_node.h"
#include "playbooks/interpolate.h"

namespace gannet::playbooks {
namespace {

constexpr std::uintmax_t kMaxBytes = 10'000'000;

}  // namespace

ComposeVariables::ComposeVariables(RenderScope& scope, const ComposeService& compose,
                                   const std::string& folder)
    : from_(compose.from) {
  if (compose.env_file.given()) {
    from_ = compose.env_file.from;
    const std::size_t before = scope.problems();
    const std::string src = scope.expand(compose.env_file);
    if (scope.problems() != before) return;
    auto found = scope.sources().find(src);
    if (!found) scope.add(from_, found.error());
    if (found && !found->empty()) load(scope, found->front().path);
    scope.give_rule("GN-ENV-001", before);
  } else if (!scope.env_file.empty()) {
    load_layers(scope, env_paths(scope.root, scope.env_file));
  } else {
    std::error_code ec;
    const std::filesystem::path beside = (scope.root / (folder + ".env")).lexically_normal();
    if (std::filesystem::is_regular_file(beside, ec)) load(scope, beside);
  }
}

void ComposeVariables::load(RenderScope& scope, const std::filesystem::path& file) {
  file_ = file.string();
  auto text = inventory::read_text_file(file, kMaxBytes);
  if (!text) return scope.add(std::move(text.error()));
  auto variables = parse_env(*text, file_);
  if (!variables) {
    const std::size_t before = scope.problems();
    scope.add(from_, "the env file cannot be used: " + variables.error().context,
              variables.error().hint);
    return scope.give_rule("GN-ENV-001", before);
  }
  variables_ = std::move(*variables);
  text_ = std::move(*text);
}

void ComposeVariables::load_layers(RenderScope& scope, const EnvPaths& paths) {
  if (paths.common.empty()) return load(scope, paths.own);
  file_ = paths.own.string();
  auto variables = load_env_files(paths);
  auto merged = merged_env_text(paths);
  if (variables && merged) {
    variables_ = std::move(*variables);
    text_ = std::move(*merged);
    return;
  }
  const Error& wrong = variables ? merged.error() : variables.error();
  scope.add(from_, "the env file cannot be used: " + wrong.context, wrong.hint);
}

std::optional<std::string> ComposeVariables::expand(const PlacedText& text,
                                                    RenderScope& scope) const {
  const VariableLookup lookup = [this](std::string_view name) -> std::optional<std::string> {
    const auto found = variables_.find(std::string(name));
    return found == variables_.end() ? std::nullopt : std::optional(found->second);
  };
  auto value = interpolate(text.value, lookup, DollarStyle::kNames);
  if (value) return std::move(*value);
  const InterpolationProblem& wrong = value.error();
  const std::size_t before = scope.problems();
  if (wrong.variable.empty()) {
    scope.add(text.from, wrong.message);
    scope.give_rule("GN-ENV-003", before);
    return std::nullopt;
  }
  std::string message = "the variable \"" + wrong.variable + "\" " + wrong.message;
  if (!file_.empty()) message.insert(message.find("is not set") + 10, " in " + file_);
  std::vector<std::string> known;
  for (const auto& [name, unused] : variables_) known.push_back(name);
  scope.add(text.from, std::move(message),
            file_.empty() ? "give the service an env_file, or choose an environment (--env); "
                            "Compose would take it for empty"
                          : "set it there; Compose would take it for empty",
            inventory::did_you_mean(wrong.variable, known), wrong.variable);
  scope.give_rule("GN-ENV-002", before);
  return std::nullopt;
}

}  // namespace gannet::playbooks
