#include "agent/system/facts.h"

#include <cstdlib>
#include <vector>

#include <sys/utsname.h>
#include <unistd.h>

#include "base/text.h"

namespace gannet::agent {
namespace {

std::string content_of(const HostTree& tree, std::string_view path) {
  auto content = read_file(tree.path(path));
  return content ? std::move(*content) : std::string();
}

std::string first_word_of(const HostTree& tree, std::initializer_list<std::string_view> paths) {
  for (const std::string_view path : paths) {
    std::string word = read_word(tree.path(path));
    if (!word.empty()) return word;
  }
  return {};
}

/// Counts "cpu0", "cpu1", ... of /proc/stat: what is online, in every architecture's format.
std::uint32_t count_cpus(std::string_view stat) {
  std::uint32_t count = 0;
  for (const std::string& line : split(stat, '\n')) {
    if (line.size() > 3 && line.starts_with("cpu") && line[3] >= '0' && line[3] <= '9') ++count;
  }
  return count;
}

std::uint64_t uptime_seconds(const std::string& uptime) {
  const std::size_t dot = uptime.find('.');
  return parse_unsigned(std::string_view(uptime).substr(0, dot)).value_or(0);
}

void read_kernel(protocol::Facts& facts) {
  utsname name{};
  if (::uname(&name) != 0) return;
  facts.kernel = static_cast<const char*>(name.release);
  facts.arch = static_cast<const char*>(name.machine);
}

void read_user(const HostTree& tree, protocol::Facts& facts) {
  facts.uid = static_cast<std::uint32_t>(::geteuid());
  if (auto account = find_account(content_of(tree, "/etc/passwd"), facts.uid)) {
    facts.user = std::move(account->name);
    facts.home = std::move(account->home);
    return;
  }
  // Users of LDAP and the like: the session's environment knows them.
  facts.user = std::to_string(facts.uid);
  const char* home = std::getenv("HOME");
  if (home != nullptr) facts.home = home;
}

/// Of the head of an ELF file; empty: not one of those that a 64-bit kernel runs besides its own.
std::string machine_of_elf(std::string_view head) {
  constexpr std::size_t kMachine = 18;
  constexpr std::size_t kFlags32 = 36;
  constexpr std::size_t kHead32 = 52;
  if (head.size() < kHead32 || !head.starts_with("\x7f"
                                                 "ELF\x01\x01"))
    return {};
  if (head[kMachine] == 0x03) return "i686";
  if (head[kMachine] != 0x28) return {};
  const bool hard_float = (static_cast<unsigned char>(head[kFlags32 + 1]) & 0x04U) != 0;
  return hard_float ? "armv7l" : "armv5tel";
}

/// Beneath a 64-bit kernel there may be programs of 32 bits, as on many a Raspberry Pi: then that
/// is what containers have to be made for.
std::string userland_of(const HostTree& tree, const std::string& machine) {
  if (machine != "aarch64" && machine != "x86_64") return machine;
  constexpr std::size_t kEnough = 64;
  const auto shell = read_file(tree.path("/bin/sh"), kEnough);
  std::string own = shell ? machine_of_elf(*shell) : std::string();
  return own.empty() ? machine : own;
}

}  // namespace

std::optional<Account> find_account(std::string_view passwd, std::uint32_t uid) {
  const std::string wanted = std::to_string(uid);
  for (const std::string& line : split(passwd, '\n')) {
    const std::vector<std::string> fields = split(line, ':');
    if (fields.size() >= 6 && fields[2] == wanted) return Account{fields[0], fields[5]};
  }
  return std::nullopt;
}

std::string os_release_value(std::string_view content, std::string_view key) {
  for (const std::string& line : split(content, '\n')) {
    const std::string_view text = trim(line);
    if (!text.starts_with(key) || text.size() <= key.size() || text[key.size()] != '=') continue;
    std::string_view value = text.substr(key.size() + 1);
    const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'') &&
                        value.back() == value.front();
    if (quoted) value = value.substr(1, value.size() - 2);
    return std::string(value);
  }
  return {};
}

std::optional<std::uint64_t> meminfo_bytes(std::string_view content, std::string_view key) {
  for (const std::string& line : split(content, '\n')) {
    if (!line.starts_with(key) || line.size() <= key.size() || line[key.size()] != ':') continue;
    std::string_view value = trim(std::string_view(line).substr(key.size() + 1));
    if (value.ends_with(" kB")) value.remove_suffix(3);
    const auto kibibytes = parse_unsigned(trim(value));
    if (!kibibytes) return std::nullopt;
    return *kibibytes * 1024;
  }
  return std::nullopt;
}

protocol::Facts read_facts(const HostTree& tree) {
  protocol::Facts facts;
  facts.hostname = first_word_of(tree, {"/proc/sys/kernel/hostname", "/etc/hostname"});
  const std::string os_release = content_of(
      tree, ::access(tree.path("/etc/os-release").c_str(), R_OK) == 0 ? "/etc/os-release"
                                                                      : "/usr/lib/os-release");
  facts.os_id = os_release_value(os_release, "ID");
  facts.os_version = os_release_value(os_release, "VERSION_ID");
  facts.os_name = os_release_value(os_release, "PRETTY_NAME");
  read_kernel(facts);
  facts.userland = userland_of(tree, facts.arch);
  facts.model =
      first_word_of(tree, {"/proc/device-tree/model", "/sys/firmware/devicetree/base/model"});
  facts.boot_id = read_word(tree.path("/proc/sys/kernel/random/boot_id"));
  facts.cpus = count_cpus(content_of(tree, "/proc/stat"));
  const std::string meminfo = content_of(tree, "/proc/meminfo");
  facts.memory_bytes = meminfo_bytes(meminfo, "MemTotal").value_or(0);
  facts.memory_available_bytes = meminfo_bytes(meminfo, "MemAvailable").value_or(0);
  read_user(tree, facts);
  const bool systemd = ::access(tree.path("/run/systemd/system").c_str(), F_OK) == 0;
  facts.init = systemd ? "systemd" : read_word(tree.path("/proc/1/comm"));
  facts.uptime_s = uptime_seconds(read_word(tree.path("/proc/uptime")));
  return facts;
}

}  // namespace gannet::agent
