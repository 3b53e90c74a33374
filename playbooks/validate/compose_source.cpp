// One Compose file, read for the rules.
#include <algorithm>
#include <utility>

#include "inventory/yaml_node.h"
#include "playbooks/validate/compose_model.h"

namespace gannet::playbooks {
namespace {

using inventory::YamlDocument;
using inventory::YamlEntry;
using inventory::YamlNode;
using NodeKind = YamlNode::Kind;

constexpr std::uint32_t kMaxReplicas = 10'000;

/// `text` cut at the ":" that are in no ${...} and no [...].
std::vector<std::string> colon_parts(const std::string& text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : text) {
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (c == ':' && depth == 0) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

class SourceReader {
 public:
  SourceReader(const YamlDocument& document, const ComposeExpand& expand,
               const std::optional<inventory::SourceLocation>& at)
      : document_(document), expand_(expand), at_(at) {}

  ComposeSource read() {
    const YamlNode& root = document_.root();
    for (const YamlNode* include : list(root.find("include"))) {
      const bool mapping = include->kind == NodeKind::kMapping;
      for (const YamlNode* path : list(mapping ? include->find("path") : include)) {
        source_.includes.push_back(text(path).value);
      }
    }
    if (const YamlNode* services = root.find("services")) {
      for (const YamlEntry& entry : services->entries) {
        source_.model.put(service(entry));
      }
    }
    declare(root.find("volumes"), source_.model.volumes);
    declare(root.find("networks"), source_.model.networks);
    return std::move(source_);
  }

 private:
  [[nodiscard]] inventory::SourceLocation place(const YamlNode& node) const {
    return at_ ? *at_ : document_.place(node);
  }

  /// The value with its variables replaced; not given when absent or not known.
  [[nodiscard]] PlacedText text(const YamlNode* node) const {
    if (node == nullptr || node->kind != NodeKind::kScalar) return {};
    return {expand_(node->text).value_or(""), place(*node)};
  }

  /// A list, or one of its elements.
  static std::vector<const YamlNode*> list(const YamlNode* node) {
    if (node == nullptr || node->kind == NodeKind::kNull) return {};
    if (node->kind == NodeKind::kSequence) return node->items;
    return {node};
  }

  void declare(const YamlNode* node, std::map<std::string, inventory::SourceLocation>& names) {
    if (node == nullptr) return;
    for (const YamlEntry& entry : node->entries) names[entry.key->text] = place(*entry.key);
  }

  ComposeEntry service(const YamlEntry& entry) {
    const YamlNode& node = *entry.value;
    ComposeEntry service;
    service.name = entry.key->text;
    service.from = place(*entry.key);
    service.image = text(node.find("image"));
    service.network_mode = text(node.find("network_mode"));
    service.privileged = text(node.find("privileged"));
    service.user = text(node.find("user"));
    service.restart = text(node.find("restart"));
    service.container_name = text(node.find("container_name"));
    read_health(node.find("healthcheck"), service.health);
    for (const YamlNode* one : list(node.find("ports"))) read_port(*one, service);
    for (const YamlNode* one : list(node.find("volumes"))) read_mount(*one, service);
    for (const YamlNode* one : list(node.find("profiles"))) service.profiles.push_back(text(one));
    for (const YamlNode* one : list(node.find("cap_add"))) {
      service.capabilities.push_back(text(one).value);
    }
    read_networks(node.find("networks"), service);
    read_dependencies(node.find("depends_on"), service);
    read_replicas(node, service);
    if (const YamlNode* extends = node.find("extends")) {
      const bool mapping = extends->kind == NodeKind::kMapping;
      service.base = text(mapping ? extends->find("service") : extends).value;
      if (mapping) service.base_file = text(extends->find("file")).value;
    }
    return service;
  }

  void read_port(const YamlNode& node, ComposeEntry& service) const {
    ComposePort port;
    if (node.kind == NodeKind::kMapping) {
      const PlacedText target = text(node.find("target"));
      if (!target.given()) return;
      port.target = target.value;
      port.host = text(node.find("published")).value;
      port.address = text(node.find("host_ip")).value;
      port.protocol = text(node.find("protocol")).value;
      port.written = {port.host + ":" + port.target, place(node)};
    } else {
      port.written = text(&node);
      if (!port.written.given()) return;
      port.plain = node.plain && node.text == port.written.value;
      split_port(port);
    }
    service.ports.push_back(std::move(port));
  }

  /// [[address:]host:]target[/protocol]
  static void split_port(ComposePort& port) {
    std::string rest = port.written.value;
    if (const auto slash = rest.rfind('/'); slash != std::string::npos) {
      port.protocol = rest.substr(slash + 1);
      rest.resize(slash);
    }
    std::vector<std::string> parts = colon_parts(rest);
    port.target = parts.back();
    parts.pop_back();
    if (!parts.empty()) {
      port.host = parts.back();
      parts.pop_back();
    }
    for (const std::string& part : parts) port.address += (port.address.empty() ? "" : ":") + part;
  }

  void read_mount(const YamlNode& node, ComposeEntry& service) const {
    ComposeMount mount;
    if (node.kind == NodeKind::kMapping) {
      mount.type = text(node.find("type")).value;
      mount.written = text(node.find("source"));
      mount.source = mount.written.value;
      if (!mount.written.given()) return;
      mount.target = text(node.find("target")).value;
      mount.read_only = text(node.find("read_only")).value == "true";
      const YamlNode* bind = node.find("bind");
      mount.must_exist = bind != nullptr && text(bind->find("create_host_path")).value == "false";
    } else {
      mount.written = text(&node);
      if (!mount.written.given()) return;
      const std::vector<std::string> parts = colon_parts(mount.written.value);
      if (parts.size() < 2) return;
      mount.source = parts[0];
      mount.target = parts[1];
      const std::string options = "," + (parts.size() > 2 ? parts[2] : std::string()) + ",";
      mount.read_only = options.find(",ro,") != std::string::npos;
    }
    service.mounts.push_back(std::move(mount));
  }

  void read_health(const YamlNode* node, ComposeHealth& health) const {
    if (node == nullptr) return;
    health.disabled = text(node->find("disable")).value == "true";
    const YamlNode* test = node->find("test");
    const bool words = test != nullptr && test->kind == NodeKind::kSequence && !test->items.empty();
    health.form = text(words ? test->items.front() : test);
    if (!words && health.form.given()) health.form.value = "CMD-SHELL";
    for (const char* key : {"interval", "timeout", "start_period", "start_interval"}) {
      const PlacedText duration = text(node->find(key));
      if (duration.given()) health.durations.push_back(duration);
    }
  }

  void read_networks(const YamlNode* node, ComposeEntry& service) const {
    if (node == nullptr) return;
    for (const YamlNode* one : node->items) service.networks.push_back(text(one));
    for (const YamlEntry& entry : node->entries) {
      service.networks.push_back({entry.key->text, place(*entry.key)});
    }
  }

  void read_dependencies(const YamlNode* node, ComposeEntry& service) const {
    if (node == nullptr) return;
    for (const YamlNode* one : node->items) service.depends_on.push_back({text(one), {}, true});
    for (const YamlEntry& entry : node->entries) {
      service.depends_on.push_back({{entry.key->text, place(*entry.key)},
                                    text(entry.value->find("condition")),
                                    text(entry.value->find("required")).value != "false"});
    }
  }

  void read_replicas(const YamlNode& node, ComposeEntry& service) const {
    std::string count = text(node.find("scale")).value;
    const YamlNode* deploy = node.find("deploy");
    if (count.empty() && deploy != nullptr) count = text(deploy->find("replicas")).value;
    const bool number = !count.empty() && count.size() < 5 &&
                        count.find_first_not_of("0123456789") == std::string::npos;
    if (!number) return;
    service.replicas = std::min(static_cast<std::uint32_t>(std::stoul(count)), kMaxReplicas);
  }

  const YamlDocument& document_;
  const ComposeExpand& expand_;
  const std::optional<inventory::SourceLocation>& at_;
  ComposeSource source_;
};

}  // namespace

std::optional<ComposeSource> read_compose_source(
    const std::string& file, std::string text, const ComposeExpand& expand,
    const std::optional<inventory::SourceLocation>& at) {
  const auto document = inventory::parse_yaml(file, std::move(text));
  if (!document || !(*document)->problems().empty()) return std::nullopt;
  ComposeSource source = SourceReader(**document, expand, at).read();
  source.model.files.push_back(file);
  return source;
}

}  // namespace gannet::playbooks
