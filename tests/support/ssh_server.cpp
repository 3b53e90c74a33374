#include "tests/support/ssh_server.h"

#include <csignal>
#include <fstream>
#include <stdexcept>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gannet::test {
namespace {

namespace fs = std::filesystem;

constexpr int kBindAttempts = 5;

/// Keys that all servers of this process share; ssh-keygen costs more than a login.
class SharedKeys {
 public:
  const std::string& file(const std::string& purpose, KeyType type) {
    std::string& file = files_[{purpose, type}];
    if (file.empty()) {
      file = dir_ / (purpose + std::to_string(static_cast<int>(type)));
      make_key(file, type);
    }
    return file;
  }

 private:
  TempDir dir_;
  std::map<std::pair<std::string, KeyType>, std::string> files_;
};

SharedKeys& shared_keys() {
  static SharedKeys keys;
  return keys;
}

std::uint16_t free_port(const std::string& address) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in where{};
  where.sin_family = AF_INET;
  ::inet_pton(AF_INET, address.c_str(), &where.sin_addr);
  socklen_t length = sizeof where;
  auto* generic = reinterpret_cast<sockaddr*>(&where);
  const bool bound = ::bind(fd, generic, length) == 0 && ::getsockname(fd, generic, &length) == 0;
  ::close(fd);
  if (!bound) throw std::runtime_error("no free port on " + address);
  return ntohs(where.sin_port);
}

/// Without PAM, sshd refuses an account whose password is locked with "!".
bool account_is_locked() {
  std::ifstream shadow("/etc/shadow");
  const std::string start = current_user() + ":!";
  for (std::string line; std::getline(shadow, line);) {
    if (line.starts_with(start)) return true;
  }
  return false;
}

std::string first_two_words(const std::string& line) {
  const auto second = line.find(' ', line.find(' ') + 1);
  return line.substr(0, second);
}

std::string next_address(const std::string& first, std::size_t index) {
  in_addr address{};
  ::inet_pton(AF_INET, first.c_str(), &address);
  address.s_addr = htonl(ntohl(address.s_addr) + static_cast<std::uint32_t>(index));
  char text[INET_ADDRSTRLEN] = {};
  ::inet_ntop(AF_INET, &address, text, sizeof text);
  return text;
}

}  // namespace

const std::string& client_key() { return shared_keys().file("client", KeyType::kEd25519); }

std::string current_user() {
  const passwd* entry = ::getpwuid(::getuid());
  if (entry == nullptr) throw std::runtime_error("the current user has no name");
  return entry->pw_name;
}

SshServer::SshServer(SshServerOptions options, NotYet) : options_(std::move(options)) { prepare(); }

SshServer::SshServer(SshServerOptions options) : SshServer(std::move(options), NotYet{}) {
  spawn();
  wait_ready();
}

SshServer::~SshServer() { stop(); }

std::vector<std::unique_ptr<SshServer>> SshServer::start_fleet(std::size_t count,
                                                               SshServerOptions options) {
  const std::string first = options.address == "127.0.0.1" ? "127.0.1.1" : options.address;
  const std::string homes = options.home;
  std::vector<std::unique_ptr<SshServer>> fleet;
  for (std::size_t i = 0; i < count; ++i) {
    options.address = next_address(first, i);
    if (!homes.empty()) {
      options.home = homes + "/h" + std::to_string(i + 1);
      fs::create_directories(options.home);
    }
    fleet.emplace_back(new SshServer(options, NotYet{}));
    fleet.back()->spawn();
  }
  for (auto& server : fleet) server->wait_ready();
  return fleet;
}

void SshServer::prepare() {
  if (::getuid() == 0) {
    ::mkdir("/run/sshd", 0755);  // sshd's own folder for privilege separation
  }
  if (options_.home.empty()) {
    options_.home = dir_ / "home";
    fs::create_directory(options_.home);
  }
  mark_ = std::to_string(::getpid()) + dir_.path().filename().string();
  if (options_.authorized_keys.empty()) {
    options_.authorized_keys = {read_file(client_key() + ".pub")};
  }
  std::string keys;
  for (const auto& line : options_.authorized_keys) keys += line + "\n";
  write_file(dir_ / "authorized_keys", keys, 0600);
  if (options_.own_host_keys) {
    for (const KeyType type : options_.host_keys) make_key(host_key_file(type), type);
  }
}

std::string SshServer::host_key_file(KeyType type) const {
  if (!options_.own_host_keys) return shared_keys().file("host", type);
  return dir_ / ("host" + std::to_string(static_cast<int>(type)));
}

void SshServer::write_config() {
  std::string text;
  for (const auto& line : options_.config_lines) text += line + "\n";
  text += "ListenAddress " + options_.address + "\nPort " + std::to_string(port_) + "\n";
  for (const KeyType type : options_.host_keys) text += "HostKey " + host_key_file(type) + "\n";
  text += "AuthorizedKeysFile " + (dir_ / "authorized_keys") + "\n";
  text += "StrictModes no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n";
  text += "PermitRootLogin yes\nPidFile none\nLogLevel VERBOSE\nUseDNS no\nMaxSessions 100\n";
  text += "Subsystem sftp internal-sftp\nPrintMotd no\n";
  text += "MaxStartups " + options_.max_startups + "\n";
  text += std::string("UsePAM ") + (account_is_locked() ? "yes" : "no") + "\n";
  if (!options_.force_command.empty()) text += "ForceCommand " + options_.force_command + "\n";
  text += "SetEnv \"GANNET_TEST_SSHD=" + mark_ + "\"";  // sshd honours only the first SetEnv line
  text += " \"HOME=" + options_.home + "\"";
  for (const auto& [name, value] : options_.environment) {
    text += " \"" + name + "=" + value + "\"";
  }
  write_file(dir_ / "sshd_config", text + "\n", 0600);
}

void SshServer::spawn() {
  if (options_.port != 0) port_ = options_.port;
  if (port_ == 0) port_ = free_port(options_.address);
  write_config();
  fs::remove(dir_ / "log");
  const std::vector<std::string> argv = {"/usr/sbin/sshd",     "-D", "-e",        "-f",
                                         dir_ / "sshd_config", "-E", dir_ / "log"};
  ProcessOptions options;
  options.output_file = dir_ / "output";
  process_ = std::make_unique<ChildProcess>(argv, options);
}

void SshServer::wait_ready() {
  for (int attempt = 1;; ++attempt) {
    wait_until("sshd to listen", [this] {
      return log().find("Server listening on") != std::string::npos || !process_->running();
    });
    if (process_->running()) return;
    const std::string said = log() + read_file(dir_ / "output");
    if (attempt == kBindAttempts || options_.port != 0) {
      throw std::runtime_error("sshd does not start: " + said);
    }
    port_ = 0;  // somebody else took the port meanwhile
    spawn();
  }
}

std::string SshServer::host_key(KeyType type) const {
  return first_two_words(read_file(host_key_file(type) + ".pub"));
}

std::string SshServer::known_hosts() const {
  std::string text;
  for (const KeyType type : options_.host_keys) {
    text += "[" + address() + "]:" + std::to_string(port_) + " " + host_key(type) + "\n";
  }
  return text;
}

std::string SshServer::log() const { return read_file(dir_ / "log"); }

void SshServer::stop_listening() {
  orphans_ = process_->descendants();
  process_->kill_only();
}

void SshServer::kill_sessions() {
  for (const pid_t pid : process_->descendants()) ::kill(pid, SIGKILL);
}

void SshServer::stop() {
  if (process_) process_->kill_tree();
  for (const pid_t pid : orphans_) {
    const std::string command = read_file("/proc/" + std::to_string(pid) + "/cmdline");
    if (command.find("sshd") != std::string::npos) ::kill(pid, SIGKILL);
  }
  orphans_.clear();
  kill_marked();
}

void SshServer::pause() {
  process_->signal(SIGSTOP);
  for (const pid_t pid : process_->descendants()) ::kill(pid, SIGSTOP);
}

void SshServer::resume() {
  process_->signal(SIGCONT);
  for (const pid_t pid : process_->descendants()) ::kill(pid, SIGCONT);
}

void SshServer::restart() {
  if (process_->running()) stop_listening();
  spawn();
  wait_ready();
}

void SshServer::kill_marked() const {
  const std::string mark = "GANNET_TEST_SSHD=" + mark_;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (read_file(entry.path() / "environ").find(mark) == std::string::npos) continue;
    ::kill(std::stoi(name), SIGKILL);
  }
}

}  // namespace gannet::test
