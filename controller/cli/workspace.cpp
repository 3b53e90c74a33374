#include "controller/cli/workspace.h"

#include <algorithm>
#include <cstdlib>
#include <set>

#include "base/text.h"
#include "inventory/ssh_settings.h"
#include "playbooks/env_layers.h"

namespace gannet::controller {
namespace {

using inventory::Host;
using inventory::Inventory;
using inventory::Selector;
using Errors = std::vector<Error>;

tl::unexpected<Errors> refuse(Error error) {
  Errors errors;
  errors.push_back(std::move(error));
  return tl::unexpected<Errors>(std::move(errors));
}

std::vector<std::filesystem::path> inventory_paths(const GlobalOptions& options) {
  return {options.inventory_files.begin(), options.inventory_files.end()};
}

bool is_there(const std::filesystem::path& file) {
  std::error_code ignored;
  return std::filesystem::exists(file, ignored);
}

/// Loads the project into `workspace`; without one only its root is set.
tl::expected<void, Errors> load_project_into(Workspace& workspace, const GlobalOptions& options,
                                             Needs needs) {
  const auto file = project_file(options);
  const bool wanted = needs == Needs::kProject || !options.project_file.empty();
  std::error_code ignored;
  workspace.project.root = std::filesystem::current_path(ignored);
  if (!wanted && !is_there(file)) return {};
  auto project = playbooks::load_project(file);
  if (!project) return tl::unexpected<Errors>(std::move(project.error()));
  workspace.project = std::move(*project);
  workspace.has_project = true;
  return {};
}

Result<Inventory> read_hosts(const Workspace& workspace, const GlobalOptions& options) {
  auto files = inventory_paths(options);
  if (workspace.has_project) return playbooks::load_inventory(workspace.project, files);
  if (files.empty() && !is_there("inventory.yaml"))
    return fail(Code::kNotFound, "neither gannet.yaml nor inventory.yaml is in this folder",
                "go to the folder of the project, or name one: -C DIR, -f FILE or -i INVENTORY");
  if (files.empty()) files.emplace_back("inventory.yaml");
  return inventory::load_yaml(files);
}

/// The hosts with the places that OpenSSH uses where nothing else is said.
Result<Inventory> load_hosts(const Workspace& workspace, const GlobalOptions& options) {
  TRY(const auto inventory, read_hosts(workspace, options));
  auto hosts = inventory.hosts();
  for (auto& host : hosts)
    if (!host.ssh.known_hosts_file)
      host.ssh.known_hosts_file = inventory::expand_path("~/.ssh/known_hosts", "");
  return Inventory::from_hosts(std::move(hosts));
}

/// The environment to use: the one named, or the only one when releases are made.
Result<std::string> choose_environment(const Workspace& workspace, const GlobalOptions& options,
                                       Needs needs) {
  std::vector<std::string> names;
  names.reserve(workspace.project.environments.size());
  for (const auto& each : workspace.project.environments) names.push_back(each.name);
  const auto& wanted = options.environment;
  if (!wanted.empty()) {
    if (workspace.project.find_environment(wanted) != nullptr) return wanted;
    const auto meant = nearest(wanted, names);
    return fail(Code::kInvalidInput,
                "--env " + wanted + ": no such environment in " + project_file(options).string(),
                names.empty() ? "the project has no environments"
                : meant       ? "did you mean \"" + *meant + "\"?"
                              : "known: " + join(names, ", "));
  }
  if (needs == Needs::kInventory || names.empty()) return std::string();
  if (names.size() == 1) return names.front();
  return fail(
      Code::kInvalidInput,
      "the project has " + std::to_string(names.size()) + " environments: " + join(names, ", "),
      "name one: --env " + names.front());
}

/// Hosts that match all selectors; each selector on its own must be known and match something.
Result<std::vector<Host>> select(const Inventory& inventory,
                                 const std::vector<Selector>& selectors) {
  std::vector<Host> hosts = inventory.hosts();
  std::vector<std::string> texts;
  for (const auto& selector : selectors) {
    TRY([[maybe_unused]] const auto alone, inventory.select(selector));
    std::erase_if(hosts, [&](const Host& host) { return !selector.matches(host); });
    texts.push_back(selector.text());
  }
  if (!hosts.empty()) return hosts;
  if (texts.empty())
    return fail(Code::kInvalidInput, "the inventory has no hosts", "add one below `hosts:`");
  return fail(Code::kInvalidInput, "no host matches all of: " + join(texts, " and "),
              "see what there is: gannet inventory list");
}

Result<> select_hosts(Workspace& workspace, const GlobalOptions& options) {
  std::vector<Selector> selectors;
  if (const auto* environment = workspace.find_environment(); environment != nullptr)
    if (environment->on.text() != Selector::all().text()) selectors.push_back(environment->on);
  for (const auto& text : options.selectors) {
    auto selector = Selector::parse(text);
    if (!selector) return fail(std::move(selector.error()).in("--on"));
    selectors.push_back(std::move(*selector));
  }
  TRY(workspace.hosts, select(workspace.inventory, selectors));
  return {};
}

Result<> load_variables(Workspace& workspace) {
  const auto* environment = workspace.find_environment();
  if (environment == nullptr) return {};
  TRY(workspace.variables,
      playbooks::load_env_files(playbooks::env_paths(workspace.project, environment)));
  return {};
}

}  // namespace

std::filesystem::path project_file(const GlobalOptions& options) {
  return options.project_file.empty() ? "gannet.yaml" : options.project_file;
}

std::string project_root(const GlobalOptions& options) {
  std::error_code ec;
  const auto file = std::filesystem::absolute(project_file(options), ec);
  const auto folder = std::filesystem::weakly_canonical(file.parent_path(), ec);
  return ec ? file.parent_path().string() : folder.string();
}

tl::expected<Workspace, std::vector<Error>> load_workspace(const GlobalOptions& options,
                                                           Needs needs) {
  Workspace workspace;
  if (auto loaded = load_project_into(workspace, options, needs); !loaded)
    return tl::unexpected<Errors>(std::move(loaded.error()));
  auto hosts = load_hosts(workspace, options);
  if (!hosts) return refuse(std::move(hosts.error()));
  workspace.inventory = std::move(*hosts);
  auto environment = choose_environment(workspace, options, needs);
  if (!environment) return refuse(std::move(environment.error()));
  workspace.environment = std::move(*environment);
  if (auto selected = select_hosts(workspace, options); !selected)
    return refuse(std::move(selected.error()));
  if (auto loaded = load_variables(workspace); !loaded) return refuse(std::move(loaded.error()));
  return workspace;
}

Result<> check_services(const playbooks::Project& project,
                        const std::vector<std::string>& services) {
  std::vector<std::string> names;
  names.reserve(project.services.size());
  for (const auto& service : project.services) names.push_back(service.name);
  for (const auto& service : services) {
    if (project.find_service(service) != nullptr) continue;
    const auto meant = nearest(service, names);
    return fail(Code::kInvalidInput, "unknown service \"" + printable(service) + "\"",
                meant ? "did you mean \"" + *meant + "\"?" : "known: " + join(names, ", "));
  }
  return {};
}

Result<> keep_hosts_with(Workspace& workspace, const std::vector<std::string>& services) {
  const auto& project = workspace.project;
  if (project.services.empty())
    return fail(Code::kInvalidInput, project_file({}).string() + ": no services",
                "add one below `services:`");
  const auto runs_one = [&](const Host& host) {
    return std::ranges::any_of(project.services, [&](const playbooks::Service& service) {
      const bool wanted = services.empty() || std::ranges::count(services, service.name) > 0;
      return wanted && service.on.matches(host);
    });
  };
  std::erase_if(workspace.hosts, [&](const Host& host) { return !runs_one(host); });
  if (!workspace.hosts.empty()) return {};
  return fail(Code::kInvalidInput,
              "no selected host runs " +
                  (services.empty() ? std::string("any service") : join(services, " or ")),
              "look at `on:` of the services and at --on");
}

}  // namespace gannet::controller
