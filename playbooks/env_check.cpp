#include "playbooks/env_check.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "playbooks/env_layers.h"
#include "playbooks/env_store.h"
#include "playbooks/env_systemd.h"
#include "playbooks/env_uses.h"
#include "playbooks/validate/ignores.h"
#include "playbooks/validate/rules.h"

namespace gannet::playbooks {
namespace {

using inventory::Problem;
using inventory::Severity;
using inventory::SourceLocation;

class EnvChecker {
 public:
  EnvChecker(const Project& project, const EnvCheckScope& scope)
      : project_(project), scope_(scope), uses_(find_env_uses(project)) {
    systemd_ = std::ranges::any_of(
        project.services, [](const Service& service) { return service.systemd.has_value(); });
  }

  std::vector<Problem> run() {
    if (scope_.only_common) {
      look_at_common();
    } else {
      for (const auto& environment : project_.environments) {
        if (scope_.only == nullptr || scope_.only == &environment) look_at(environment);
      }
      if (project_.environments.empty()) look_at(nullptr, "");
      compare();
      find_unused();
    }
    if (scope_.alone) allow();
    std::ranges::sort(found_, [](const Problem& a, const Problem& b) {
      return std::tie(a.from.file, a.from.line, a.from.column, a.message) <
             std::tie(b.from.file, b.from.line, b.from.column, b.message);
    });
    return std::move(found_);
  }

 private:
  void look_at(const Environment& environment) { look_at(&environment, environment.name); }

  void look_at(const Environment* environment, const std::string& name) {
    const auto paths = env_paths(project_, environment);
    auto view = read(paths);
    if (!view) return;
    for (const auto& layer : view->layers) {
      if (files_.insert(layer.path.string()).second) look_at_file(layer);
    }
    // Nothing is set on purpose in an environment without files.
    if (!view->layers.empty() || (environment == nullptr && scope_.alone))
      find_missing(environment, *view);
    if (environment != nullptr && environment->env_file) views_[name] = std::move(*view);
  }

  void look_at_common() {
    const auto view = read({"", (project_.root / ".env").lexically_normal()});
    if (!view) return;
    files_.insert(view->layers.front().path.string());
    look_at_file(view->layers.front());
  }

  std::optional<EnvView> read(const EnvPaths& paths) {
    auto view = read_env_view(paths);
    if (view) return std::move(*view);
    // The text holds its place already; the same common file is told once.
    if (scope_.alone && told_.insert(view.error().context).second)
      add("GN-ENV-001", {"", 0, 0}, view.error().context, view.error().hint);
    return std::nullopt;
  }

  Problem& add(std::string_view rule, const SourceLocation& from, std::string message,
               std::string hint) {
    return found_.emplace_back(finding(rule, from, std::move(message), std::move(hint)));
  }

  /// Takes out what comments allow. What is wrong with the comments is for `gannet validate`.
  void allow() {
    for (const auto& use : uses_.uses) files_.insert(use.from.file);
    apply_ignores(found_, files_);
    std::erase_if(found_, [](const Problem& one) { return one.rule.starts_with("GN-IGN-"); });
  }

  void look_at_file(const EnvLayer& layer) {
    std::map<std::string, const EnvEntry*> seen;
    for (const auto& entry : layer.document.entries()) {
      auto& before = seen[entry.key];
      if (before != nullptr)
        add("GN-ENV-004", entry.from,
            entry.key + " is set twice: this value wins over that of line " +
                std::to_string(before->from.line),
            "remove the other line");
      before = &entry;
      if (layer.document.written(entry).empty())
        add("GN-ENV-008", entry.from, entry.key + " is set to nothing",
            "write the value, or " + entry.key + "=\"\" if that is meant");
      find_env_uses(std::string(layer.document.written(entry)), entry.from.file, true, inner_);
    }
    compare_readers(layer, seen);
    if (!scope_.alone) return;
    std::error_code ec;
    const auto mode = std::filesystem::status(layer.path, ec).permissions();
    constexpr auto kOthers = std::filesystem::perms::others_read;
    if (!ec && (mode & kOthers) != std::filesystem::perms::none)
      add("GN-ENV-009", {layer.path.string(), 0, 0}, "everybody on this machine can read it",
          "chmod 600 " + shell_quote(layer.path.string()));
  }

  /// systemd reads each file alone, without variables; Compose with what is beneath.
  void compare_readers(const EnvLayer& layer, const std::map<std::string, const EnvEntry*>& keys) {
    const auto systemd = parse_systemd_env(layer.document.text());
    for (const auto& [key, entry] : keys) {
      const auto read = systemd.variables.find(key);
      if (read == systemd.variables.end()) {
        differ(*entry, "systemd ignores " + key, ignored(layer, *entry));
      } else if (layer.variables.at(key) != read->second) {
        differ(*entry, "Compose and systemd read different values of " + key,
               reason(layer, *entry));
      }
    }
  }

  void differ(const EnvEntry& entry, std::string message, std::string hint) {
    auto& problem = add("GN-ENV-007", entry.from, std::move(message), std::move(hint));
    if (systemd_) problem.severity = Severity::kError;
  }

  static std::string ignored(const EnvLayer& layer, const EnvEntry& entry) {
    if (entry.key_at != entry.word_at) return "remove \"export\"";
    if (!is_variable_name(entry.key)) return "use letters, digits and \"_\" in the name";
    if (layer.document.text().starts_with(kByteOrderMark) && entry.from.line == 1)
      return "save the file without a byte order mark";
    return "write NAME=value; a line above that ends with \"\\\" takes this one in";
  }

  static std::string reason(const EnvLayer& layer, const EnvEntry& entry) {
    if (entry.comment != 0) return "put the comment on a line of its own";
    const auto written = layer.document.written(entry);
    if (written.find('$') != std::string_view::npos)
      return "only Compose replaces $NAME and $$: write the value itself, in single quotes";
    return "set it again, and gannet quotes it: gannet env set ENV " + entry.key;
  }

  static std::string how_to_set(const Environment* environment, const std::string& key) {
    if (environment == nullptr) return "set it in .env";
    if (!environment->env_file)
      return "give the environment an env_file, or set it in .env for all";
    return "gannet env set " + shell_quote(environment->name) + " " + key;
  }

  void find_missing(const Environment* environment, const EnvView& view) {
    const auto name = environment == nullptr ? std::string() : environment->name;
    std::vector<std::string> known;
    known.reserve(view.values.size());
    for (const auto& [key, value] : view.values) known.push_back(key);
    for (const auto& use : uses_.uses) {
      if (!use.needed || view.values.contains(use.name)) continue;
      if (!scope_.alone && !scope_.landed.contains({name, use.service})) continue;
      const auto where = name.empty() ? name : " in environment " + name;
      auto& problem = add(use.service.empty() ? "GN-ENV-002" : "GN-ENV-010", use.from,
                          use.name + " is not set" + where, how_to_set(environment, use.name));
      problem.note = inventory::did_you_mean(use.name, known);
      inventory::add_source_line(problem, "");
    }
  }

  /// Keys that some environments have and others do not. Of those that something refers to,
  /// find_missing() knows better whether they may be missing.
  void compare() {
    auto done = used_keys();
    if (finds_unused()) return;
    for (const auto& [name, view] : views_) {
      for (const auto& [key, value] : view.values) {
        if (!done.insert(key).second) continue;
        std::vector<std::string> with, without;
        for (const auto& [other, its] : views_) {
          (its.values.contains(key) ? with : without).push_back(other);
        }
        if (!without.empty())
          add("GN-ENV-005", value.from,
              key + " is set in " + join(with, ", ") + " but not in " + join(without, ", "),
              "set it there, or in .env for all");
      }
    }
  }

  /// The environment to name for the file that a value comes from.
  static std::string owner(const std::string& name, const EnvView& view, const EnvValue& value) {
    return value.from.file == view.layers.back().path.string() ? name : "common";
  }

  [[nodiscard]] std::set<std::string> used_keys() const {
    std::set<std::string> used;
    for (const auto& use : uses_.uses) used.insert(use.name);
    for (const auto& use : inner_) used.insert(use.name);
    return used;
  }

  [[nodiscard]] bool finds_unused() const { return !uses_.all && scope_.only == nullptr; }

  void find_unused() {
    if (!finds_unused()) return;
    const auto used = used_keys();
    std::set<std::string> told;
    for (const auto& [name, view] : views_)
      for (const auto& [key, value] : view.values)
        if (!used.contains(key) && told.insert(key).second)
          add("GN-ENV-006", value.from, key + " is used by no service",
              "remove it: gannet env unset " + shell_quote(owner(name, view, value)) + " " + key);
  }

  const Project& project_;
  EnvCheckScope scope_;
  EnvUses uses_;
  std::vector<EnvUse> inner_;  ///< of env files themselves
  bool systemd_ = false;
  std::map<std::string, EnvView> views_;
  std::set<std::string> files_, told_;
  std::vector<Problem> found_;
};

}  // namespace

std::vector<Problem> check_env_files(const Project& project, const EnvCheckScope& scope) {
  return EnvChecker(project, scope).run();
}

}  // namespace gannet::playbooks
