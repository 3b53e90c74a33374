// The top level of gannet.yaml. Reference: docs/gannet-yaml.md.
#include <algorithm>
#include <charconv>
#include <tuple>
#include <utility>

#include "base/text.h"
#include "inventory/ssh_settings.h"
#include "playbooks/project.h"
#include "playbooks/spec_reader.h"

namespace gannet::playbooks {
namespace {

using inventory::in_quotes;
using inventory::MapReader;
using inventory::Problem;
using inventory::YamlContext;
using inventory::YamlEntry;
using inventory::YamlNode;

class ProjectReader {
 public:
  explicit ProjectReader(const YamlContext& context) : context_(context) {}

  Project read() {
    const std::filesystem::path folder =
        std::filesystem::path(context_.document.file()).parent_path();
    project_.file = context_.document.file();
    project_.root = folder.empty() ? "." : std::filesystem::absolute(folder).lexically_normal();
    MapReader top(context_, context_.document.root(), "gannet.yaml");
    top.require("project");
    project_.name = top.text("project").value_or("");
    if (!project_.name.empty() && !inventory::is_name(project_.name)) {
      top.add("project", in_quotes(project_.name) + " cannot be the name of a project", "",
              "use letters, digits, \"_\", \"-\" and \".\"");
    }
    read_inventory(top);
    project_.ssh = inventory::read_ssh_settings(context_, top.get("ssh"), "ssh", folder);
    if (const YamlNode* node = top.get("environments")) read_environments(*node);
    if (const YamlNode* node = top.get("strategy")) read_strategy(*node);
    project_.checks = read_checks(context_, top.get("checks"));
    project_.services = read_services(context_, top.get("services"));
    top.finish("x-");
    return std::move(project_);
  }

 private:
  void read_inventory(MapReader& top) {
    for (const YamlNode* file : top.texts("inventory")) {
      project_.inventory_files.push_back((project_.root / file->text).lexically_normal());
    }
    if (!top.has("inventory")) {
      project_.inventory_files.push_back((project_.root / "inventory.yaml").lexically_normal());
    } else if (project_.inventory_files.empty()) {
      top.add("inventory", "\"inventory\" names no file", "", "write inventory: inventory.yaml");
    }
  }

  void read_environments(const YamlNode& node) {
    const MapReader reader(context_, node, "environments");
    for (const YamlEntry& entry : node.entries) {
      const std::string& name = entry.key->text;
      if (!inventory::is_name(name)) {
        context_.add(*entry.key, in_quotes(name) + " cannot be the name of an environment", "",
                     "use letters, digits, \"_\", \"-\" and \".\"");
      }
      MapReader values(context_, *entry.value, "environment " + in_quotes(name));
      Environment environment;
      environment.name = name;
      environment.from = context_.place(*entry.key);
      environment.on = read_selector(values, context_, "on");
      if (const auto file = values.text("env_file")) environment.env_file = *file;
      values.finish();
      project_.environments.push_back(std::move(environment));
    }
  }

  void read_strategy(const YamlNode& node) {
    MapReader reader(context_, node, "strategy");
    Strategy& strategy = project_.strategy;
    const auto count = [&](std::string_view key, std::int64_t min, std::int64_t max,
                           std::uint32_t& value) {
      if (const auto number = reader.number(key, min, max)) {
        value = static_cast<std::uint32_t>(*number);
      }
    };
    count("canary", 0, 100'000, strategy.canary);
    read_batch(reader, strategy.batch);
    count("max_failures", 0, 100'000, strategy.max_failures);
    if (const auto what = reader.choice("on_failure", {"rollback", "stop", "continue"})) {
      strategy.on_failure = *what == "rollback" ? OnFailure::kRollback
                            : *what == "stop"   ? OnFailure::kStop
                                                : OnFailure::kContinue;
    }
    if (const auto scope = reader.choice("rollback", {"all", "wave"})) {
      strategy.rollback = *scope == "wave" ? RollbackScope::kWave : RollbackScope::kAll;
    }
    if (const YamlNode* said = reader.get("watchdog"))
      strategy.watchdog_from = context_.place(*said);
    strategy.watchdog = read_wait(reader, "watchdog").value_or(strategy.watchdog);
    strategy.pause = read_wait(reader, "pause").value_or(strategy.pause);
    count("keep_releases", 1, 100, strategy.keep_releases);
    reader.finish();
  }

  static void read_batch(MapReader& reader, HostCount& batch) {
    const auto text = reader.text("batch");
    if (!text) return;
    std::string_view digits = *text;
    const bool percent = digits.ends_with('%');
    if (percent) digits.remove_suffix(1);
    std::uint32_t value = 0;
    const auto [stop, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    const std::uint32_t most = percent ? 100 : 100'000;
    if (ec != std::errc() || stop != digits.data() + digits.size() || value < 1 || value > most) {
      reader.add("batch", in_quotes(*text) + " is not a number of hosts", "",
                 "write a number such as 5, or a share from 1% to 100%");
      return;
    }
    batch = HostCount{value, percent};
  }

  const YamlContext& context_;
  Project project_;
};

}  // namespace

std::size_t HostCount::of(std::size_t total) const {
  if (!percent) return std::max<std::size_t>(value, 1);
  return std::max<std::size_t>((total * value + 99) / 100, 1);
}

const Service* Project::find_service(std::string_view wanted) const {
  const auto found = std::find_if(services.begin(), services.end(),
                                  [&](const Service& service) { return service.name == wanted; });
  return found == services.end() ? nullptr : &*found;
}

const Environment* Project::find_environment(std::string_view wanted) const {
  const auto found =
      std::find_if(environments.begin(), environments.end(),
                   [&](const Environment& environment) { return environment.name == wanted; });
  return found == environments.end() ? nullptr : &*found;
}

inventory::Selector read_selector(MapReader& reader, const YamlContext& context,
                                  std::string_view key) {
  const YamlNode* node = reader.get(key);
  const auto text = reader.text(key);
  if (!text) return inventory::Selector::all();
  auto selector = inventory::Selector::parse(*text);
  if (selector) return std::move(*selector);
  // The selector's own caret would stand below another one: only its first line is wanted.
  const std::string& context_text = selector.error().context;
  context.add(*node,
              in_quotes(*text) + " is not a selector: " +
                  context_text.substr(0, context_text.find('\n')).substr(10),
              "", selector.error().hint, "GN-SEL-001");
  return inventory::Selector::all();
}

tl::expected<Project, std::vector<Problem>> parse_project(const std::filesystem::path& file) {
  auto document = inventory::read_yaml(file);
  if (!document) return tl::unexpected(std::move(document.error()));
  std::vector<Problem> problems = (*document)->problems();
  const YamlContext context{**document, problems};
  Project project = ProjectReader(context).read();
  if (problems.empty()) return project;
  std::sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
    return std::tie(a.from.line, a.from.column, a.message) <
           std::tie(b.from.line, b.from.column, b.message);
  });
  return tl::unexpected(std::move(problems));
}

tl::expected<Project, std::vector<Error>> load_project(const std::filesystem::path& file) {
  std::error_code ec;
  if (!std::filesystem::exists(file, ec)) {
    return tl::unexpected(std::vector<Error>{
        Error{Code::kNotFound, file.string() + ": " + (ec ? ec.message() : "no such file"),
              "run gannet in the folder of your gannet.yaml, or name it with -C or -f"}});
  }
  auto project = parse_project(file);
  if (!project) return tl::unexpected(inventory::to_errors(project.error()));
  return std::move(*project);
}

Result<inventory::Inventory> load_inventory(const Project& project,
                                            std::span<const std::filesystem::path> files) {
  const std::span<const std::filesystem::path> used =
      files.empty() ? std::span<const std::filesystem::path>(project.inventory_files) : files;
  TRY(const inventory::Inventory loaded, inventory::load_yaml(used));
  std::vector<inventory::Host> hosts = loaded.hosts();
  for (inventory::Host& host : hosts) inventory::fill_unset(host.ssh, project.ssh);
  return inventory::Inventory::from_hosts(std::move(hosts));
}

}  // namespace gannet::playbooks
