// gannet's own YAML form of an inventory. Reference: docs/inventory.md.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "inventory/group_tree.h"
#include "inventory/inventory.h"
#include "inventory/ssh_settings.h"
#include "inventory/yaml_reader.h"

namespace gannet::inventory {
namespace {

constexpr std::string_view kNameRule =
    "use letters, digits, \"_\", \"-\" and \".\", a letter, digit or \"_\" first";

class Loader {
 public:
  explicit Loader(const YamlContext& context)
      : context_(context), folder_(std::filesystem::path(context.document.file()).parent_path()) {}

  std::vector<Host> load() {
    MapReader top(context_, context_.document.root(), "the inventory");
    if (const YamlNode* node = top.get("defaults")) {
      MapReader reader(context_, *node, "defaults");
      defaults_ = read_inherited(reader);
      reader.finish();
    }
    if (const YamlNode* node = top.get("groups")) read_groups(*node);
    std::vector<Host> hosts;
    if (const YamlNode* node = top.require("hosts")) hosts = read_hosts(*node);
    top.finish("x-");
    return hosts;
  }

 private:
  Inherited read_inherited(MapReader& reader) {
    Inherited found;
    found.ssh = read_ssh_settings(context_, reader.get("ssh"), "ssh of " + reader.what(), folder_);
    found.labels = read_labels(reader);
    for (auto& [key, value] :
         read_text_map(context_, reader.get("vars"), "vars of " + reader.what())) {
      found.vars[key->text] = std::move(value);
    }
    found.optional = reader.boolean("optional");
    found.state_dir = reader.text("state_dir");
    if (found.state_dir && !is_clean_absolute_path(*found.state_dir)) {
      reader.add(
          "state_dir",
          "state_dir has to be an absolute path without \"..\", not \"" + *found.state_dir + "\"",
          "", "write for example /var/lib/gannet");
    }
    return found;
  }

  std::map<std::string, std::string> read_labels(MapReader& reader) {
    std::map<std::string, std::string> labels;
    for (auto& [key, value] :
         read_text_map(context_, reader.get("labels"), "labels of " + reader.what())) {
      if (key->text == "name" || key->text == "address" || key->text == "tag") {
        context_.add(*key, "a label cannot be called \"" + key->text + "\"", "",
                     "selectors use that word for the host itself; choose another name");
      }
      labels[key->text] = std::move(value);
    }
    return labels;
  }

  void read_groups(const YamlNode& node) {
    const MapReader reader(context_, node, "groups");
    std::map<std::string, const YamlNode*> nodes;
    for (const YamlEntry& entry : node.entries) {
      if (!check_name(*entry.key, "a group")) continue;
      nodes[entry.key->text] = entry.value;
      groups_.add(entry.key->text, read_group(*entry.key, *entry.value));
    }
    bool all_known = true;
    for (const auto& [name, group_node] : nodes) {
      const YamlNode* children = group_node->find("children");
      if (children != nullptr) all_known &= check_children(*children);
    }
    if (all_known) check_cycle();
  }

  Group read_group(const YamlNode& key, const YamlNode& value) {
    Group group;
    group.from = context_.place(key);
    MapReader reader(context_, value, "group \"" + key.text + "\"");
    group.settings = read_inherited(reader);
    for (const YamlNode* child : reader.texts("children")) group.children.push_back(child->text);
    if (reader.get("hosts") != nullptr) {
      context_.add(reader.key_node("hosts"), "a group does not list its hosts", "",
                   "write groups: [" + key.text + "] at each host");
    }
    reader.finish();
    return group;
  }

  bool check_children(const YamlNode& children) {
    std::vector<const YamlNode*> items = children.items;
    if (children.kind == YamlNode::Kind::kScalar) items.push_back(&children);
    bool all_known = true;
    for (const YamlNode* item : items) all_known &= check_group(*item);
    return all_known;
  }

  bool check_group(const YamlNode& name) {
    if (groups_.has(name.text)) return true;
    context_.add(name, "there is no group \"" + name.text + "\"",
                 did_you_mean(name.text, groups_.names()), "define it under \"groups:\"");
    return false;
  }

  void check_cycle() {
    const std::vector<std::string> cycle = groups_.find_cycle();
    if (cycle.empty()) return;
    has_cycle_ = true;
    const SourceLocation from = groups_.groups().at(cycle.front()).from;
    context_.problems.push_back(
        context_.document.problem(from, "groups contain each other: " + join(cycle, " > "), "",
                                  "remove one of them from \"children\""));
  }

  std::vector<Host> read_hosts(const YamlNode& node) {
    std::vector<Host> hosts;
    const MapReader reader(context_, node, "hosts");
    if (!reader.valid()) return hosts;
    for (const YamlEntry& entry : node.entries) {
      if (check_name(*entry.key, "a host")) hosts.push_back(read_host(*entry.key, *entry.value));
    }
    return hosts;
  }

  Host read_host(const YamlNode& key, const YamlNode& value) {
    MapReader reader(context_, value, "host \"" + key.text + "\"");
    Host host;
    host.name = key.text;
    host.from = context_.place(key);
    host.address = reader.text("address").value_or(key.text);
    check_address(reader, host.address);
    for (const YamlNode* tag : reader.texts("tags")) {
      if (check_name(*tag, "a tag")) host.tags.push_back(tag->text);
    }
    std::vector<std::string> direct;
    for (const YamlNode* group : reader.texts("groups")) {
      if (check_group(*group)) direct.push_back(group->text);
    }
    const Inherited own = read_inherited(reader);
    reader.finish();
    inherit(host, direct, own);
    return host;
  }

  void inherit(Host& host, const std::vector<std::string>& direct, const Inherited& own) {
    Inherited merged = defaults_;
    if (!has_cycle_) host.groups = groups_.closure(direct);
    for (const std::string& group : host.groups) {
      lay_over(merged, groups_.groups().at(group).settings);
    }
    lay_over(merged, own);
    std::sort(host.groups.begin(), host.groups.end());
    host.ssh = std::move(merged.ssh);
    host.labels = std::move(merged.labels);
    host.vars = std::move(merged.vars);
    host.state_dir = std::move(merged.state_dir);
    host.optional = merged.optional.value_or(false);
  }

  void check_address(MapReader& reader, const std::string& address) {
    const auto refuse = [&](std::string why, std::string hint) {
      reader.add("address", "\"" + address + "\" is not an address: " + std::move(why), "",
                 std::move(hint));
    };
    const bool odd = std::any_of(address.begin(), address.end(), [](char c) {
      return static_cast<unsigned char>(c) <= 0x20U || c == 0x7F || c == '/';
    });
    if (const auto at = address.find('@'); at != std::string::npos) {
      refuse("it holds a user", "write ssh: {user: " + address.substr(0, at) + "}");
    } else if (std::count(address.begin(), address.end(), ':') == 1) {
      refuse("it holds a port", "write ssh: {port: " + address.substr(address.find(':') + 1) + "}");
    } else if (address.front() == '[') {
      refuse("it holds brackets", "write an IPv6 address without them");
    } else if (odd || address.front() == '-') {
      refuse("it holds a character that no host name has", "write a host name or an IP address");
    }
  }

  bool check_name(const YamlNode& node, const std::string& kind) {
    if (is_name(node.text)) return true;
    context_.add(node, "\"" + node.text + "\" cannot be the name of " + kind, "",
                 std::string(kNameRule));
    return false;
  }

  const YamlContext& context_;
  std::filesystem::path folder_;
  Inherited defaults_;
  GroupTree groups_;
  bool has_cycle_ = false;
};

}  // namespace

tl::expected<std::vector<Host>, std::vector<Problem>> parse_hosts(const YamlDocument& document) {
  std::vector<Problem> problems = document.problems();
  const YamlContext context{document, problems};
  std::vector<Host> hosts = Loader(context).load();
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return hosts;
}

Result<Inventory> load_yaml(const std::filesystem::path& file) {
  std::error_code ec;
  if (!std::filesystem::exists(file, ec)) {
    return fail(Code::kNotFound, file.string() + ": " + (ec ? ec.message() : "no such file"),
                "write one (docs/inventory.md) or name another with -i");
  }
  auto document = read_yaml(file);
  if (!document) return fail(to_single_error(document.error()));
  auto hosts = parse_hosts(**document);
  if (!hosts) return fail(to_single_error(hosts.error()));
  return Inventory::from_hosts(std::move(*hosts));
}

std::vector<Problem> find_problems(std::span<const std::filesystem::path> files) {
  std::vector<Problem> found;
  for (const std::filesystem::path& file : files) {
    const auto document = read_yaml(file);
    const auto hosts = document ? parse_hosts(**document) : tl::unexpected(document.error());
    if (!hosts) found.insert(found.end(), hosts.error().begin(), hosts.error().end());
  }
  return found;
}

Result<Inventory> load_yaml(std::span<const std::filesystem::path> files) {
  std::vector<Host> hosts;
  for (const std::filesystem::path& file : files) {
    TRY(const Inventory inventory, load_yaml(file));
    hosts.insert(hosts.end(), inventory.hosts().begin(), inventory.hosts().end());
  }
  return Inventory::from_hosts(std::move(hosts));
}

}  // namespace gannet::inventory
