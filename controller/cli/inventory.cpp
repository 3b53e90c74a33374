#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/cli/application.h"
#include "controller/cli/commands.h"
#include "controller/report/table.h"

namespace gannet::controller {
namespace {

using inventory::Host;
using nlohmann::json;

std::string become_text(const Host& host) {
  return host.ssh.become == inventory::Become::kSudo ? "sudo" : "none";
}

std::string labels_text(const Host& host) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : host.labels) {
    std::string part = key;
    parts.push_back(part.append("=").append(value));
  }
  for (const auto& tag : host.tags) parts.push_back("tag=" + tag);
  return join(parts, " ");
}

std::string user_of(const Host& host, const Application& application) {
  return host.ssh.user.value_or(application.local_user());
}

json host_document(const Host& host, const Application& application) {
  return {{"host", host.name},
          {"address", host.address},
          {"user", user_of(host, application)},
          {"port", host.ssh.port.value_or(22)},
          {"become", become_text(host)},
          {"identity_files", host.ssh.identity_files},
          {"known_hosts", host.ssh.known_hosts_file.value_or("")},
          {"labels", host.labels},
          {"tags", host.tags},
          {"groups", host.groups},
          {"vars", host.vars},
          {"state_dir", host.state_dir.value_or("")},
          {"from", inventory::to_string(host.from)}};
}

class InventoryList final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "inventory list"; }
  [[nodiscard]] std::string summary() const override { return "List the selected hosts"; }

  Result<ExitCode> run(Application& application) override {
    const auto workspace = application.load(Needs::kInventory);
    if (!workspace) return ExitCode::kUsage;
    Table table({"HOST", "ADDRESS", "USER", "PORT", "LABELS", "GROUPS"});
    auto documents = json::array();
    for (const auto& host : workspace->hosts) {
      table.add({{host.name},
                 {host.address},
                 {user_of(host, application)},
                 {std::to_string(host.ssh.port.value_or(22))},
                 {labels_text(host)},
                 {join(host.groups, " ")}});
      documents.push_back(host_document(host, application));
    }
    auto& reporter = application.reporter();
    reporter.begin(name(), workspace->hosts.size(), workspace->inventory.hosts().size(), {});
    reporter.print(table.render(application.view().style, application.view().columns));
    reporter.attach("hosts", documents);
    return ExitCode::kOk;
  }
};

class InventoryShow final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "inventory show"; }
  [[nodiscard]] std::string summary() const override {
    return "Show all that is known of one host";
  }
  Options options() override {
    Options options;
    options.positionals = {
        {"HOST", "Its name in the inventory", &host_, 1, 1, Completes::kHosts, {}}};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    auto everywhere = application.options();
    everywhere.selectors.clear();
    const auto workspace = application.load(everywhere, Needs::kInventory);
    if (!workspace) return ExitCode::kUsage;
    const auto* host = workspace->inventory.find(host_.front());
    if (host == nullptr) return unknown(*workspace);
    application.reporter().attach("command", name());
    application.reporter().attach("hosts", json::array({host_document(*host, application)}));
    application.reporter().print(text_of(*host, application));
    return ExitCode::kOk;
  }

 private:
  [[nodiscard]] tl::unexpected<Error> unknown(const Workspace& workspace) const {
    std::vector<std::string> names;
    for (const auto& host : workspace.inventory.hosts()) names.push_back(host.name);
    const auto meant = nearest(host_.front(), names);
    return fail(Code::kInvalidInput, "no host is called \"" + printable(host_.front()) + "\"",
                meant ? "did you mean \"" + *meant + "\"?" : "see: gannet inventory list");
  }

  static std::string text_of(const Host& host, const Application& application) {
    Table table({"WHAT", "VALUE"});
    const auto row = [&](const std::string& what, const std::string& value) {
      table.add({{what}, {value.empty() ? "-" : value}});
    };
    row("host", host.name);
    row("address", host.address);
    row("user", host.ssh.user ? *host.ssh.user : application.local_user() + " (local user)");
    row("port", host.ssh.port ? std::to_string(*host.ssh.port) : "22 (default)");
    row("become", become_text(host));
    row("identity files", join(host.ssh.identity_files, ", "));
    row("known_hosts", host.ssh.known_hosts_file.value_or(""));
    row("state_dir", host.state_dir.value_or("(default)"));
    row("groups", join(host.groups, ", "));
    row("tags", join(host.tags, ", "));
    for (const auto& [key, value] : host.labels) row("label " + key, value);
    for (const auto& [key, value] : host.vars) row("var " + key, value);
    row("defined in", inventory::to_string(host.from));
    return table.render(application.view().style, application.view().columns);
  }

  std::vector<std::string> host_;
};

}  // namespace

std::unique_ptr<Command> make_inventory_list() { return std::make_unique<InventoryList>(); }
std::unique_ptr<Command> make_inventory_show() { return std::make_unique<InventoryShow>(); }

}  // namespace gannet::controller
