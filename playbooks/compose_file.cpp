#include "playbooks/compose_file.h"

#include <utility>

#include "inventory/yaml_node.h"

namespace gannet::playbooks {
namespace {

using inventory::YamlDocument;
using inventory::YamlEntry;
using inventory::YamlNode;
using Kind = YamlNode::Kind;
using Use = ComposeFileUse;

class ComposeFileReader {
 public:
  explicit ComposeFileReader(const YamlDocument& document) : document_(document) {}

  ComposeFile read() {
    const YamlNode& root = document_.root();
    if (const YamlNode* include = root.find("include")) includes(*include);
    if (const YamlNode* services = root.find("services")) {
      for (const YamlEntry& entry : services->entries) service(entry);
    }
    files_of(root.find("configs"), Use::kConfig);
    files_of(root.find("secrets"), Use::kSecret);
    return std::move(file_);
  }

 private:
  [[nodiscard]] PlacedText placed(const YamlNode* node) const {
    if (node == nullptr || node->kind != Kind::kScalar) return {};
    return {node->text, document_.place(*node)};
  }

  /// A list of texts, or one.
  static std::vector<const YamlNode*> list(const YamlNode* node) {
    if (node == nullptr || node->kind == Kind::kNull) return {};
    if (node->kind == Kind::kSequence) return node->items;
    return {node};
  }

  void refer(Use use, const YamlNode* path, const std::string& service, bool required = true) {
    PlacedText text = placed(path);
    if (text.given()) file_.references.push_back({use, std::move(text), required, service});
  }

  void includes(const YamlNode& node) {
    for (const YamlNode* one : list(&node)) {
      if (one->kind != Kind::kMapping) {
        refer(Use::kInclude, one, "");
        continue;
      }
      for (const YamlNode* path : list(one->find("path"))) refer(Use::kInclude, path, "");
      for (const YamlNode* path : list(one->find("env_file"))) refer(Use::kEnvFile, path, "");
    }
  }

  void service(const YamlEntry& entry) {
    const YamlNode& node = *entry.value;
    ComposeFileService service;
    service.name = entry.key->text;
    service.from = document_.place(*entry.key);
    service.image = placed(node.find("image"));
    service.pull_policy = placed(node.find("pull_policy"));
    service.build = node.find("build") != nullptr;
    for (const YamlNode* profile : list(node.find("profiles"))) {
      service.profiles.push_back(placed(profile));
    }
    if (const YamlNode* extends = node.find("extends")) {
      const bool mapping = extends->kind == Kind::kMapping;
      service.extends = placed(mapping ? extends->find("service") : extends).value;
      if (mapping) service.extends_file = placed(extends->find("file"));
      if (mapping) refer(Use::kExtends, extends->find("file"), service.name);
    }
    for (const YamlNode* env_file : list(node.find("env_file"))) {
      if (env_file->kind != Kind::kMapping) {
        refer(Use::kEnvFile, env_file, service.name);
        continue;
      }
      const YamlNode* required = env_file->find("required");
      refer(Use::kEnvFile, env_file->find("path"), service.name,
            required == nullptr || required->text != "false");
    }
    for (const YamlNode* volume : list(node.find("volumes"))) mount(*volume, service.name);
    file_.services.push_back(std::move(service));
  }

  /// "./conf:/etc/conf:ro", or {type: bind, source: ...}.
  void mount(const YamlNode& node, const std::string& service) {
    if (node.kind == Kind::kMapping) {
      const YamlNode* type = node.find("type");
      const bool bind = type != nullptr && type->text == "bind";
      if (bind) refer(Use::kBind, node.find("source"), service, false);
      return;
    }
    PlacedText text = placed(&node);
    const std::string source = source_of(text.value);
    if (source.empty()) return;
    text.value = source;
    file_.references.push_back({Use::kBind, std::move(text), false, service});
  }

  /// Up to the first ":" that is not inside of ${VAR:-default}; empty for volumes with a name.
  static std::string source_of(const std::string& mount) {
    int depth = 0;
    for (std::size_t i = 0; i < mount.size(); ++i) {
      if (mount.compare(i, 2, "${") == 0) ++depth;
      if (mount[i] == '}' && depth > 0) --depth;
      if (mount[i] != ':' || depth > 0) continue;
      const bool path = mount.front() == '.' || mount.front() == '$';
      return path ? mount.substr(0, i) : std::string();
    }
    return {};
  }

  void files_of(const YamlNode* node, Use use) {
    if (node == nullptr) return;
    for (const YamlEntry& entry : node->entries) refer(use, entry.value->find("file"), "");
  }

  const YamlDocument& document_;
  ComposeFile file_;
};

}  // namespace

tl::expected<ComposeFile, std::vector<inventory::Problem>> parse_compose_file(std::string file,
                                                                              std::string text) {
  auto document = inventory::parse_yaml(std::move(file), std::move(text));
  if (!document) return tl::unexpected(std::move(document.error()));
  std::vector<inventory::Problem> problems = (*document)->problems();
  const YamlNode& root = (*document)->root();
  const YamlNode* services = root.find("services");
  const bool mapping = root.kind == Kind::kMapping || root.kind == Kind::kNull;
  const bool good =
      services == nullptr || services->kind == Kind::kMapping || services->kind == Kind::kNull;
  if (!mapping || !good) {
    const YamlNode& wrong = mapping ? *services : root;
    problems.push_back((*document)->problem(
        (*document)->place(wrong), std::string(mapping ? "\"services\"" : "a Compose file") +
                                       " has to be a mapping (key: value), not " +
                                       std::string(to_string(wrong.kind))));
  }
  inventory::give_rule(problems, "GN-COMPOSE-003");
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return ComposeFileReader(**document).read();
}

}  // namespace gannet::playbooks
