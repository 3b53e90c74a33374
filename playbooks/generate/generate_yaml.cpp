// Key `generate` of a service. Reference: docs/generate.md.
#include <algorithm>
#include <utility>

#include "inventory/yaml_reader.h"
#include "playbooks/generate/spec.h"
#include "playbooks/spec_reader.h"
#include "playbooks/unit_text.h"

namespace gannet::playbooks {
namespace {

using inventory::in_quotes;
using inventory::MapReader;
using inventory::YamlContext;
using inventory::YamlEntry;
using inventory::YamlNode;

class GenerateReader {
 public:
  GenerateReader(const YamlContext& context, const YamlNode& node, const Service& service)
      : context_(context),
        reader_(context, node, "\"generate\" of service " + in_quotes(service.name)),
        service_(service) {}

  GenerateSpec read() {
    spec_.service = service_.name;
    if (const YamlNode* node = reader_.get("compose")) read_containers(*node);
    if (const YamlNode* node = reader_.get("caddy")) read_site(*node);
    if (const YamlNode* node = reader_.get("systemd")) read_unit(*node);
    reader_.finish();
    return std::move(spec_);
  }

 private:
  /// Everything written is one line, and what only gannet replaces would stay in the file.
  void check(const YamlNode& node, bool variables) {
    if (node.text.find_first_of("\r\n") != std::string::npos) {
      context_.add(node, "a line break cannot stand in a generated file", "",
                   "write it on one line");
    } else if (node.text.find("{{") != std::string::npos) {
      context_.add(node, "\"{{\" is not replaced in generated files", "",
                   "write the value itself: the file is the same for all hosts");
    } else if (!variables && node.text.find("${") != std::string::npos) {
      context_.add(node, "\"${\" is not replaced in this file", "", "write the value itself");
    }
  }

  std::string text(MapReader& reader, std::string_view key, bool variables = false) {
    const auto found = reader.text(key);
    if (!found) return {};
    check(*reader.get(key), variables);
    return *found;
  }

  std::vector<std::string> list(MapReader& reader, std::string_view key, bool variables = false) {
    std::vector<std::string> found;
    for (const YamlNode* item : reader.texts(key)) {
      check(*item, variables);
      found.push_back(item->text);
    }
    return found;
  }

  TextPairs pairs(MapReader& reader, std::string_view key, bool variables = false) {
    TextPairs found;
    const YamlNode* node = reader.get(key);
    const std::string what = in_quotes(key) + " in " + reader.what();
    for (const auto& [name, value] : inventory::read_text_map(context_, node, what)) {
      if (const YamlNode* one = node->find(name->text)) check(*one, variables);
      found.emplace_back(name->text, value);
    }
    return found;
  }

  /// The file of the project that takes the text: clean, inside the project.
  std::string target(std::string_view key, const PlacedText* file, const std::string& advice) {
    if (file == nullptr || !file->given()) {
      context_.add(reader_.key_node(key),
                   "\"" + std::string(key) + "\" of service " + in_quotes(service_.name) +
                       " names no file to write",
                   "", advice);
      return {};
    }
    const std::filesystem::path path = std::filesystem::path(file->value).lexically_normal();
    if (path.is_absolute() || path.string().starts_with("..") || has_placeholder(file->value)) {
      context_.add(reader_.key_node(key),
                   in_quotes(file->value) +
                       " cannot be written: it is not a plain path inside "
                       "the project",
                   "", advice);
    }
    return path.string();
  }

  void read_containers(const YamlNode& node) {
    const MapReader map(context_, node, "\"compose\" in " + reader_.what());
    if (!map.valid()) return;
    const bool one = service_.compose && service_.compose->files.size() == 1;
    spec_.compose_file = target("compose", one ? service_.compose->files.data() : nullptr,
                                "add compose: docker-compose.yml to the service");
    for (const YamlEntry& entry : node.entries) {
      spec_.containers.push_back(read_container(*entry.key, *entry.value));
    }
    for (const YamlEntry& entry : node.entries) check_dependencies(entry);
    if (node.entries.empty()) context_.add(node, "\"compose\" names no container");
  }

  ContainerSpec read_container(const YamlNode& key, const YamlNode& node) {
    MapReader reader(context_, node, "container " + in_quotes(key.text));
    if (!inventory::is_name(key.text)) {
      context_.add(key, in_quotes(key.text) + " cannot be the name of a container", "",
                   "use letters, digits, \"_\", \"-\" and \".\"");
    }
    ContainerSpec found;
    found.name = key.text;
    reader.require("image");
    found.image = text(reader, "image", true);
    found.command = list(reader, "command", true);
    found.ports = list(reader, "ports", true);
    found.volumes = list(reader, "volumes", true);
    found.environment = pairs(reader, "environment", true);
    found.depends_on = list(reader, "depends_on");
    found.healthcheck = text(reader, "healthcheck", true);
    if (reader.size("memory")) found.memory = text(reader, "memory");
    if (reader.decimal("cpus", 0.01, 1'024)) found.cpus = text(reader, "cpus");
    found.user = text(reader, "user", true);
    found.restart = reader.choice("restart", {"no", "always", "on-failure", "unless-stopped"})
                        .value_or(found.restart);
    found.internal = reader.boolean("internal").value_or(false);
    reader.finish();
    if (found.internal && !found.ports.empty()) {
      reader.add("ports", "an internal container publishes no ports", "",
                 "remove \"ports\" or \"internal\"");
    }
    return found;
  }

  void check_dependencies(const YamlEntry& entry) {
    std::vector<std::string> names;
    names.reserve(spec_.containers.size());
    for (const ContainerSpec& one : spec_.containers) names.push_back(one.name);
    const YamlNode* list = entry.value->find("depends_on");
    if (list == nullptr) return;
    std::vector<const YamlNode*> items = list->items;
    if (list->kind == YamlNode::Kind::kScalar) items = {list};
    for (const YamlNode* item : items) {
      const bool known = std::ranges::find(names, item->text) != names.end();
      if (known && item->text != entry.key->text) continue;
      context_.add(*item, "there is no other container " + in_quotes(item->text),
                   inventory::did_you_mean(item->text, names));
    }
  }

  void read_site(const YamlNode& node) {
    MapReader reader(context_, node, "\"caddy\" in " + reader_.what());
    if (!reader.valid()) return;
    spec_.site_file = target("caddy", service_.caddy ? &service_.caddy->site : nullptr,
                             "add caddy: { site: caddy/" + service_.name + ".caddy } to it");
    SiteSpec site;
    reader.require("sites");
    site.sites = read_addresses(reader);
    const auto tls = reader.choice("tls", {"auto", "internal", "off"}).value_or("auto");
    site.tls = tls == "internal" ? CaddyTls::kInternal
               : tls == "off"    ? CaddyTls::kOff
                                 : CaddyTls::kAutomatic;
    site.compress = reader.boolean("compress").value_or(true);
    site.headers = pairs(reader, "headers");
    site.users = pairs(reader, "basic_auth");
    for (const auto& [name, hash] : site.users) check_hash(reader, name, hash);
    reader.finish();
    spec_.site = std::move(site);
  }

  /// Host names may hold what other names may not: "*.lan", "app.lan:8443".
  TextPairs read_addresses(MapReader& reader) {
    TextPairs found;
    const YamlNode* node = reader.get("sites");
    if (node == nullptr) return found;
    const MapReader map(context_, *node, "\"sites\"");
    if (!map.valid()) return found;
    for (const YamlEntry& entry : node->entries) {
      if (!is_text(context_, *entry.value, "the upstream of " + in_quotes(entry.key->text)))
        continue;
      for (const YamlNode* word : {entry.key, entry.value}) {
        if (!word->text.empty() && word->text.find_first_of(" \t\r\n{}\"`#,;") == std::string::npos)
          continue;
        context_.add(*word, in_quotes(word->text) + " cannot stand in a Caddyfile", "",
                     "write one name or address");
      }
      found.emplace_back(entry.key->text, entry.value->text);
    }
    if (found.empty()) context_.add(*node, "\"sites\" names no host");
    return found;
  }

  void check_hash(const MapReader& reader, const std::string& name, const std::string& hash) {
    constexpr std::size_t kBcryptSize = 60;
    constexpr std::string_view kOther = "$./";
    const bool clean = std::ranges::all_of(hash, [&](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             kOther.find(c) != std::string_view::npos;
    });
    if (hash.size() == kBcryptSize && hash.starts_with("$2") && clean) return;
    reader.add("basic_auth", "the value of " + in_quotes(name) + " is no bcrypt hash", "",
               "make one: caddy hash-password");
  }

  void read_unit(const YamlNode& node) {
    MapReader reader(context_, node, "\"systemd\" in " + reader_.what());
    if (!reader.valid()) return;
    UnitSpec unit;
    reader.require("exec");
    unit.exec = text(reader, "exec");
    unit.description = text(reader, "description");
    unit.user = text(reader, "user");
    unit.working_directory = text(reader, "working_directory");
    unit.environment_files = list(reader, "environment_file");
    unit.after = list(reader, "after");
    unit.writable = list(reader, "writable");
    unit.restart = reader.choice("restart", {"no", "on-failure", "always"}).value_or(unit.restart);
    if (reader.size("memory")) unit.memory = text(reader, "memory");
    unit.cpu = text(reader, "cpu");
    unit.state = reader.boolean("state").value_or(false);
    unit.network = reader.boolean("network").value_or(true);
    if (const YamlNode* timer = reader.get("timer")) read_unit_timer(*timer, unit);
    reader.finish();
    if (!unit.exec.empty() && !unit.exec.starts_with('/')) {
      reader.add("exec", "\"exec\" has to begin with an absolute path", "", "write /usr/bin/...");
    }
    name_unit_files(unit);
    spec_.unit = std::move(unit);
  }

  void read_unit_timer(const YamlNode& node, UnitSpec& unit) {
    MapReader reader(context_, node, "\"timer\"");
    reader.require("on_calendar");
    unit.on_calendar = text(reader, "on_calendar");
    unit.randomized_delay = text(reader, "randomized_delay");
    unit.persistent = reader.boolean("persistent").value_or(false);
    reader.finish();
  }

  void name_unit_files(const UnitSpec& unit) {
    const auto find = [&](std::string_view ending) -> const PlacedText* {
      if (!service_.systemd) return nullptr;
      const auto& units = service_.systemd->units;
      const auto found = std::ranges::find_if(
          units, [&](const PlacedText& one) { return one.value.ends_with(ending); });
      return found == units.end() ? nullptr : &*found;
    };
    const std::string stem = "units/" + service_.name;
    spec_.unit_file =
        target("systemd", find(".service"), "add systemd: { units: [" + stem + ".service] } to it");
    if (unit.on_calendar.empty()) return;
    spec_.timer_file =
        target("systemd", find(".timer"), "add " + stem + ".timer to \"units\" of the service");
    const auto name = base_name(spec_.unit_file);
    if (base_name(spec_.timer_file) != name.substr(0, name.rfind('.')) + ".timer") {
      context_.add(reader_.key_node("systemd"),
                   in_quotes(spec_.timer_file) + " would not start " + in_quotes(name), "",
                   "give the timer the name of the service");
    }
  }

  const YamlContext& context_;
  MapReader reader_;
  const Service& service_;
  GenerateSpec spec_;
};

}  // namespace

GenerateSpec read_generate(const YamlContext& context, const YamlNode& node,
                           const Service& service) {
  return GenerateReader(context, node, service).read();
}

tl::expected<std::vector<GenerateSpec>, std::vector<inventory::Problem>> load_generate(
    const Project& project) {
  const auto document = inventory::read_yaml(project.file);
  if (!document) return tl::unexpected(document.error());
  std::vector<inventory::Problem> problems = (*document)->problems();
  const YamlContext context{**document, problems};
  std::vector<GenerateSpec> found;
  const YamlNode* services = (*document)->root().find("services");
  if (services == nullptr) return found;
  for (const YamlEntry& entry : services->entries) {
    const YamlNode* node = entry.value->find("generate");
    const Service* service = project.find_service(entry.key->text);
    if (node != nullptr && service != nullptr)
      found.push_back(read_generate(context, *node, *service));
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return found;
}

}  // namespace gannet::playbooks
