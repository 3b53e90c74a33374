// Which files a project generates, and how gannet knows its own work again.
#include <algorithm>
#include <map>

#include "base/hash.h"
#include "base/text.h"
#include "playbooks/generate/writers.h"
#include "playbooks/unit_text.h"

namespace gannet::playbooks {
namespace {

constexpr std::string_view kHeadBegin = "# Written by \"gannet generate\": change gannet.yaml, ";
constexpr std::string_view kHeadMiddle = "not this file. Hash of the rest: ";
constexpr std::size_t kHashDigits = 16;

std::string head_line(std::string_view body) {
  return std::string(kHeadBegin) + std::string(kHeadMiddle) +
         sha256(body).hex().substr(0, kHashDigits) + "\n";
}

class FileList {
 public:
  FileList(const Project& project, std::string kind) : project_(project), kind_(std::move(kind)) {}

  void add(const GenerateSpec& spec) {
    if (!spec.containers.empty())
      add("compose", spec.service, spec.compose_file, write_containers(spec));
    if (spec.site) add("caddy", spec.service, spec.site_file, write_site(*spec.site));
    if (!spec.unit) return;
    std::string name = base_name(spec.unit_file);
    name.resize(name.rfind('.'));
    add("systemd", spec.service, spec.unit_file, write_hardened_unit(*spec.unit, name));
    if (!spec.timer_file.empty())
      add("systemd", spec.service, spec.timer_file, write_unit_timer(*spec.unit, name));
  }

  void add_examples() {
    if (kind_ != "all" && kind_ != "env") return;
    const auto uses = find_env_uses(project_).uses;
    for (const Environment& one : project_.environments) {
      if (!one.env_file) continue;
      auto path = *one.env_file;
      if (path.is_absolute()) path = path.lexically_relative(project_.root);
      path = path.lexically_normal();
      if (!path.string().starts_with(".."))
        add("env", "", path.string() + ".example", write_env_example(uses));
    }
  }

  tl::expected<std::vector<GeneratedFile>, std::vector<inventory::Problem>> finish() {
    if (!problems_.empty()) return tl::unexpected(std::move(problems_));
    std::vector<GeneratedFile> files;
    files.reserve(files_.size());
    for (auto& [path, file] : files_) files.push_back(std::move(file));
    return files;
  }

 private:
  void add(const std::string& kind, const std::string& service, const std::string& path,
           const std::string& body) {
    if (kind_ != "all" && kind_ != kind) return;
    GeneratedFile file{kind, service, path, head_line(body) + body};
    const auto [there, fresh] = files_.emplace(path, file);
    if (fresh || there->second.text == file.text) return;
    inventory::Problem problem;
    const Service* second = project_.find_service(service);
    if (second != nullptr) problem.from = second->from;
    problem.message =
        "services \"" + there->second.service + "\" and \"" + service + "\" both generate " + path;
    problem.hint = "give each its own file";
    problems_.push_back(std::move(problem));
  }

  const Project& project_;
  std::string kind_;
  std::map<std::string, GeneratedFile> files_;
  std::vector<inventory::Problem> problems_;
};

}  // namespace

tl::expected<std::vector<GeneratedFile>, std::vector<inventory::Problem>> generate_files(
    const Project& project, const std::string& kind) {
  const auto specs = load_generate(project);
  if (!specs) return tl::unexpected(specs.error());
  FileList list(project, kind);
  for (const GenerateSpec& spec : *specs) list.add(spec);
  list.add_examples();
  return list.finish();
}

bool is_untouched(std::string_view text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return false;
  return text.substr(0, end + 1) == head_line(text.substr(end + 1));
}

std::string write_env_example(const std::vector<EnvUse>& uses) {
  std::map<std::string, bool> needed;
  for (const EnvUse& use : uses) {
    bool& here = needed[use.name];
    here = here || use.needed;
  }
  std::string must = "# Copy this file, without .example, and fill in the values.\n";
  std::string may;
  for (const auto& [name, is_needed] : needed) {
    if (is_needed)
      must += name + "=\n";
    else
      may += "# " + name + "=\n";
  }
  return may.empty() ? must : must + "\n# These have a default.\n" + may;
}

}  // namespace gannet::playbooks
