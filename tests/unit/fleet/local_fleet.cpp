#include "tests/unit/fleet/local_fleet.h"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "controller/fleet/ids.h"
#include "tests/support/paths.h"

namespace gannet::controller {
namespace fs = std::filesystem;

AgentBinaries built_agents() {
  auto found = AgentBinaries::find({fs::path(gannet::test::build_dir()) / "agent"});
  if (!found) throw std::runtime_error(found.error().context);
  return std::move(*found);
}

LocalFleet::LocalFleet()
    : root(fs::temp_directory_path() / ("gannet-fleet-" + random_hex(6))), agents(built_agents()) {
  fs::create_directories(root / "project");
  fs::create_directories(root / "hosts");
}

LocalFleet::~LocalFleet() {
  std::error_code ignored;
  fs::remove_all(root, ignored);
}

void LocalFleet::add_hosts(std::size_t count) {
  const AgentBinary& agent = agents.all().front();
  const fs::path installed = root / "agent";
  if (!fs::exists(installed)) {
    fs::copy_file(agent.file, installed);
    fs::permissions(installed, fs::perms::owner_all);
  }
  for (std::size_t i = 0; i < count; ++i) {
    inventory::Host& host = hosts.emplace_back();
    host.name = "h" + std::to_string(hosts.size());
    host.address = "127.0.0.1";
    host.state_dir = state_dir(host.name).string();
    fs::create_directories(host_dir(host.name));
    fs::create_directories(state_dir(host.name) / "bin");
    fs::create_hard_link(installed, state_dir(host.name) / "bin" / ("agent-" + agent.digest.hex()));
  }
}

void LocalFleet::write(const std::string& name, const std::string& content) const {
  const fs::path file = root / "project" / name;
  fs::create_directories(file.parent_path());
  std::ofstream out(file, std::ios::binary);
  out << content;
}

void LocalFleet::load(std::string yaml) {
  const std::string mark = "@HOST@";
  for (auto at = yaml.find(mark); at != std::string::npos; at = yaml.find(mark))
    yaml.replace(at, mark.size(), (root / "hosts").string() + "/{{host.name}}");
  write("gannet.yaml", yaml);
  auto loaded = playbooks::load_project(root / "project" / "gannet.yaml");
  if (!loaded) throw std::runtime_error(loaded.error().front().context);
  project = std::make_unique<playbooks::Project>(std::move(*loaded));
}

OperationContext LocalFleet::context(const std::string& command) {
  return context(command, transport);
}

OperationContext LocalFleet::context(const std::string& command, Transport& through) {
  OperationContext context{through, agents, store, reporter, io, {}, 0, {},
                           0,       {},     {},    {},       {}, {}, {}};
  context.hosts = hosts;
  context.total_hosts = hosts.size();
  context.local_user = "tester";
  context.request_timeout = std::chrono::seconds(5);
  context.run.id = make_id(SystemClock().wall());
  context.run.command = command;
  context.run.who = "tester@here";
  return context;
}

ReleaseContext LocalFleet::release(std::string tag) const {
  ReleaseContext release{*project, nullptr, {}, {}, {}};
  release.tag = std::move(tag);
  return release;
}

std::map<std::string, std::string> LocalFleet::content(const std::string& host) const {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(host_dir(host))) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    files[entry.path().lexically_relative(host_dir(host)).string()] = {
        std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  return files;
}

fs::path LocalFleet::state_dir(const std::string& host) const { return root / "state" / host; }
fs::path LocalFleet::host_dir(const std::string& host) const { return root / "hosts" / host; }

}  // namespace gannet::controller
