#include "tests/support/fleet.h"

#include <random>
#include <stdexcept>

#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/paths.h"

namespace gannet::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFirstAddress = "127.0.1.1";

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

std::string numbered_address(std::size_t index) {
  return "127.0." + std::to_string(1 + index / 200) + "." + std::to_string(1 + index % 200);
}

std::string description(const fs::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return "gone";
  char text[64];
  std::snprintf(text, sizeof text, "%04o %u:%u ", info.st_mode & 07777U, info.st_uid, info.st_gid);
  if (S_ISLNK(info.st_mode)) return "link to " + fs::read_symlink(path).string();
  if (!S_ISREG(info.st_mode)) return "neither file nor link";
  return text + read_file(path);
}

/// Starts the servers of all hosts; each keeps its own session script.
void start_servers(std::vector<FleetHost>& hosts, const FleetOptions& options) {
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    FleetHost& host = hosts[i];
    SshServerOptions server;
    server.address = numbered_address(i);
    server.environment = options.ssh_environment;
    server.own_host_keys = options.own_host_keys;
    server.home = host.dir / "home";
    for (const auto& line : options.config_lines) {
      server.config_lines.push_back(replaced(line, "@DIR@", host.dir));
    }
    if (options.session_scripts) {
      server.force_command =
          ". " + host.session_script().string() + "; eval \"$SSH_ORIGINAL_COMMAND\"";
    }
    host.server = std::make_unique<SshServer>(std::move(server));
    host.address = host.server->address();
    host.port = host.server->port();
  }
}

}  // namespace

void FleetHost::set_session_script(const std::string& code) const {
  write_file(session_script(), code + "\n");
}

bool FleetHost::has(const std::string& path) const {
  std::error_code ignored;
  return fs::exists(fs::symlink_status(root / path, ignored));
}

std::map<std::string, std::string> tree_of(const fs::path& root) {
  std::map<std::string, std::string> tree;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.is_directory() && !entry.is_symlink()) continue;
    tree[entry.path().lexically_relative(root)] = description(entry.path());
  }
  return tree;
}

std::map<std::string, std::string> FleetHost::tree() const { return tree_of(root); }

std::map<std::string, std::string> FleetHost::blobs() const {
  std::map<std::string, std::string> blobs;
  if (!fs::exists(state / "blobs")) return blobs;
  for (const auto& entry : fs::recursive_directory_iterator(state / "blobs")) {
    struct stat info {};
    if (::stat(entry.path().c_str(), &info) != 0 || !S_ISREG(info.st_mode)) continue;
    blobs[entry.path().filename()] = std::to_string(info.st_ino) + " " +
                                     std::to_string(info.st_mtim.tv_sec) + "." +
                                     std::to_string(info.st_mtim.tv_nsec);
  }
  return blobs;
}

std::vector<std::string> FleetHost::journal() const {
  std::vector<std::string> names;
  if (!fs::exists(state / "journal")) return names;
  for (const auto& entry : fs::directory_iterator(state / "journal")) {
    names.push_back(entry.path().filename());
  }
  return names;
}

std::uint64_t FleetHost::bytes_received() const {
  const std::string log = server->log();
  const std::string mark = ", received ";
  std::uint64_t sum = 0;
  for (auto at = log.find("Transferred: sent "); at != std::string::npos;
       at = log.find("Transferred: sent ", at + 1)) {
    const auto number = log.find(mark, at);
    if (number != std::string::npos) sum += std::stoull(log.substr(number + mark.size()));
  }
  return sum;
}

Fleet::Fleet(FleetOptions options) : options_(std::move(options)) {
  fs::create_directories(project_dir());
  fs::create_directories(dir_ / "home");
  environment_ = {{"HOME", dir_ / "home"},
                  {"USER", current_user()},
                  {"GANNET_STATE_DIR", dir_ / "results"},
                  {"NO_COLOR", "1"}};
  for (std::size_t i = 0; i < options_.hosts; ++i) {
    FleetHost& host = hosts_.emplace_back();
    host.name = "h" + std::to_string(i + 1);
    host.dir = dir_ / ("hosts/" + host.name);
    host.root = host.dir / "root";
    host.state = host.dir / "state";
    fs::create_directories(host.root);
    fs::create_directories(host.dir / "home");
    host.set_session_script(":");
  }
  start_servers(hosts_, options_);
  std::string known;
  for (const auto& host : hosts_) known += host.server->known_hosts();
  write_known_hosts(known);
  write_inventory();
}

fs::path Fleet::results_file() const { return dir_.path() / "results" / "results.db"; }

void Fleet::write(const std::string& path, const std::string& content, unsigned mode) const {
  fs::create_directories((project_dir() / path).parent_path());
  write_file(project_dir() / path, content, mode);
}

void Fleet::remove(const std::string& path) const { fs::remove(project_dir() / path); }

void Fleet::write_project(const std::string& rest) const {
  write("gannet.yaml", "project: fleet\ninventory: inventory.yaml\n" + rest);
}

void Fleet::write_inventory() const {
  std::string text = "defaults:\n  ssh:\n    user: " + current_user() + "\n    identity_files: [" +
                     quoted(client_key()) + "]\n    known_hosts: " + quoted(known_hosts_file()) +
                     "\n";
  if (!options_.become.empty()) text += "    become: " + options_.become + "\n";
  text += "hosts:\n";
  for (const auto& host : hosts_) {
    text += "  " + host.name + ":\n    address: " + host.address +
            "\n    ssh: { port: " + std::to_string(host.port) +
            " }\n    state_dir: " + quoted(host.state) +
            "\n    vars: { root: " + quoted(host.root) + " }\n";
    if (host.labels.empty()) continue;
    text += "    labels:\n";
    for (const auto& [key, value] : host.labels) text += "      " + key + ": " + value + "\n";
  }
  write("inventory.yaml", text);
}

fs::path Fleet::known_hosts_file() const { return dir_.path() / "known_hosts"; }

void Fleet::write_known_hosts(const std::string& text) const {
  write_file(known_hosts_file(), text);
}

std::string Fleet::known_hosts() const { return read_file(known_hosts_file()); }

void Fleet::set_environment(const std::string& name, const std::string& value) {
  environment_[name] = value;
}

std::unique_ptr<GannetProcess> Fleet::start(const std::vector<std::string>& arguments) const {
  std::vector<std::string> words = {"-C", project_dir()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  return std::make_unique<GannetProcess>(test::build_dir() + "/controller/gannet", words,
                                         environment_);
}

Output Fleet::run(const std::vector<std::string>& arguments, std::chrono::seconds limit) const {
  return start(arguments)->wait(limit);
}

Output Fleet::json(std::vector<std::string> arguments) const {
  arguments.insert(arguments.begin(), {"-o", "json"});
  return run(arguments);
}

nlohmann::json host_entry(const Output& run, const std::string& host) {
  const nlohmann::json value = run.json();
  for (const auto& entry : value.at("hosts")) {
    if (entry.at("host") == host) return entry;
  }
  throw std::runtime_error("no host " + host + " in " + run.all());
}

std::string outcome(const Output& run, const std::string& host) {
  return host_entry(run, host).at("outcome");
}

std::string reason(const Output& run, const std::string& host) {
  const nlohmann::json entry = host_entry(run, host);
  return entry.value("message", "") + " | " + entry.value("hint", "");
}

namespace {

/// Restarts the session's shell in a mount namespace of its own, after `mounts` was done there.
std::string in_namespace(const std::string& mounts) {
  const std::string unshare = ::getuid() == 0 ? "unshare -m" : "unshare -rm";
  try {
    run_command({"sh", "-c", unshare + " sh -c 'mount -t tmpfs -o size=64k tmpfs /mnt'"});
  } catch (const std::runtime_error&) {
    return {};
  }
  return "exec " + unshare + " sh -c '" + mounts + " && eval \"$SSH_ORIGINAL_COMMAND\"'";
}

}  // namespace

std::string remount_in_session(const std::string& folder, const std::string& options) {
  return in_namespace("mount --bind " + folder + " " + folder + " && mount -o remount,bind," +
                      options + " " + folder);
}

std::string small_disk_in_session(const std::string& folder, const std::string& size) {
  return in_namespace("mount -t tmpfs -o size=" + size + " tmpfs " + folder);
}

std::string noise(std::size_t size, unsigned seed) {
  static constexpr char kLetters[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-";
  std::mt19937 random(seed);
  std::string text(size, '\n');
  for (std::size_t i = 0; i + 1 < size; ++i) text[i] = kLetters[random() % 64];
  return text;
}

}  // namespace gannet::test
