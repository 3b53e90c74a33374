#include "playbooks/env_uses.h"

#include <set>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "inventory/yaml_node.h"
#include "playbooks/compose_file.h"

namespace gannet::playbooks {
namespace {

constexpr std::uintmax_t kMaxScanned = 10'000'000;  // bytes of a file
constexpr std::size_t kMaxComposeFiles = 1'000;

std::size_t variable_length(std::string_view text) {
  std::size_t length = 0;
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  while (length < text.size() &&
         (letter(text[length]) || (length > 0 && text[length] >= '0' && text[length] <= '9')))
    ++length;
  return length;
}

/// The uses in one line; `column` is counted in bytes, for keys and names are ASCII.
class LineUses {
 public:
  LineUses(std::string_view line, inventory::SourceLocation from, std::vector<EnvUse>& uses)
      : line_(line), from_(std::move(from)), uses_(uses) {}

  void find(bool names) {
    for (std::size_t i = 0; i + 1 < line_.size(); ++i) {
      const auto rest = line_.substr(i);
      if (rest.starts_with("$$")) {
        ++i;
      } else if (rest.starts_with("${")) {
        braces(i);
      } else if (rest.front() == '$' && names) {
        if (const auto length = variable_length(rest.substr(1)); length > 0)
          add(i, rest.substr(1, length), true);
      } else if (rest.starts_with("{{")) {
        moustache(i);
      }
    }
  }

 private:
  void add(std::size_t at, std::string_view name, bool needed) {
    auto from = from_;
    from.column = static_cast<int>(at) + 1;
    uses_.push_back({std::string(name), std::move(from), "", needed});
  }

  /// What stands in the default of a variable is found on the way through the rest of the line.
  void braces(std::size_t at) {
    const auto rest = line_.substr(at + 2);
    const auto length = variable_length(rest);
    if (length == 0 || length == rest.size()) return;
    auto sign = rest.substr(length, 1);
    if (sign == ":") sign = rest.substr(length + 1, 1);
    if (sign != "}" && sign != "-" && sign != "?" && sign != "+") return;
    add(at, rest.substr(0, length), sign == "}" || sign == "?");
  }

  void moustache(std::size_t at) {
    const auto end = line_.find("}}", at);
    if (end == std::string_view::npos) return;
    auto inner = line_.substr(at + 2, end - at - 2);
    while (!inner.empty() && (inner.front() == '{' || inner.front() == '&')) inner.remove_prefix(1);
    inner = trim(inner);
    if (!inner.starts_with("env.")) return;
    const auto name = inner.substr(4);
    if (!name.empty() && variable_length(name) == name.size()) add(at, name, true);
  }

  std::string_view line_;
  inventory::SourceLocation from_;
  std::vector<EnvUse>& uses_;
};

class ProjectUses {
 public:
  explicit ProjectUses(const Project& project) : project_(project) {
    for (const auto& environment : project.environments)
      if (environment.env_file) env_files_.insert(clean(*environment.env_file));
    env_files_.insert(clean(".env"));
  }

  EnvUses find() {
    scan(project_.file, false);
    for (const auto& service : project_.services) {
      for (const auto& file : service.files) contents(file);
      const auto before = found_.uses.size();
      if (service.compose && !service.compose->env_file.given())
        for (const auto& file : service.compose->files) compose(clean(file.value));
      for (auto i = before; i < found_.uses.size(); ++i) found_.uses[i].service = service.name;
    }
    return std::move(found_);
  }

 private:
  [[nodiscard]] std::filesystem::path clean(const std::filesystem::path& path) const {
    return (project_.root / path).lexically_normal();
  }

  void contents(const FileSpec& file) {
    if (file.src.empty()) return;
    if (env_files_.contains(clean(file.src))) found_.all = true;
    if ((file.is_template || file.variables) && !file.src.ends_with('/'))
      scan(clean(file.src), false);
  }

  std::optional<std::string> scan(const std::filesystem::path& file, bool names) {
    auto text = inventory::read_text_file(file, kMaxScanned);
    if (!text) return std::nullopt;
    find_env_uses(*text, file.string(), names, found_.uses);
    return std::move(*text);
  }

  void compose(const std::filesystem::path& file) {
    if (seen_.size() >= kMaxComposeFiles || !seen_.insert(file).second) return;
    auto text = scan(file, true);
    if (!text) return;
    const auto parsed = parse_compose_file(file.string(), std::move(*text));
    if (!parsed) return;
    for (const auto& reference : parsed->references) {
      const auto target = (file.parent_path() / reference.path.value).lexically_normal();
      if (reference.use == ComposeFileUse::kExtends || reference.use == ComposeFileUse::kInclude)
        compose(target);
      // .env beside the Compose file is where the environment's file goes.
      if (reference.use == ComposeFileUse::kEnvFile &&
          (target.filename() == ".env" || env_files_.contains(target)))
        found_.all = true;
    }
  }

  const Project& project_;
  std::set<std::filesystem::path> env_files_, seen_;
  EnvUses found_;
};

}  // namespace

void find_env_uses(const std::string& text, const std::string& file, bool names,
                   std::vector<EnvUse>& uses) {
  int number = 0;
  for (const auto& line : split(text, '\n')) {
    ++number;
    if (!trim(line).starts_with('#')) LineUses(line, {file, number, 1}, uses).find(names);
  }
}

EnvUses find_env_uses(const Project& project) { return ProjectUses(project).find(); }

}  // namespace gannet::playbooks
