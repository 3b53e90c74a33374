#include "agent/probes/listeners.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include <arpa/inet.h>

#include "agent/probes/cgroup.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr std::string_view kListen = "0A";                 // TCP_LISTEN of the kernel
constexpr std::string_view kUnconnected = "07";            // TCP_CLOSE: what a bound UDP socket has
constexpr std::size_t kMaxTable = 16UL * 1024UL * 1024UL;  // bytes of one /proc/net table
constexpr std::size_t kShortId = 12;                       // digits of an id as Docker shows it

/// The kernel prints addresses as 32-bit words in the machine's byte order, in hex.
std::string decode_address(std::string_view hex) {
  std::array<std::uint32_t, 4> words{};
  const std::size_t count = hex.size() / 8;
  if (count != 1 && count != 4) return std::string(hex);
  for (std::size_t i = 0; i < count; ++i) {
    words[i] = static_cast<std::uint32_t>(parse_unsigned(hex.substr(i * 8, 8), 16).value_or(0));
  }
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = count == 1 ? AF_INET : AF_INET6;
  if (::inet_ntop(family, words.data(), text.data(), text.size()) == nullptr) return {};
  return text.data();
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words;
  for (std::string& word : split(line, ' ')) {
    if (!word.empty()) words.push_back(std::move(word));
  }
  return words;
}

/// A line of /proc/net/{tcp,tcp6,udp,udp6} if it waits on `port`.
std::optional<Listener> parse_line(std::string_view line, std::uint16_t port,
                                   PortProtocol protocol) {
  const std::vector<std::string> words = words_of(line);
  constexpr std::size_t kLocal = 1;
  constexpr std::size_t kState = 3;
  constexpr std::size_t kUid = 7;
  constexpr std::size_t kInode = 9;
  if (words.size() <= kInode) return std::nullopt;
  if (words[kState] != (protocol == PortProtocol::kTcp ? kListen : kUnconnected)) {
    return std::nullopt;
  }
  const std::size_t colon = words[kLocal].find(':');
  if (colon == std::string::npos) return std::nullopt;
  const auto found = parse_unsigned(std::string_view(words[kLocal]).substr(colon + 1), 16);
  if (!found || *found != port) return std::nullopt;
  Listener listener;
  listener.protocol = protocol;
  listener.address = decode_address(std::string_view(words[kLocal]).substr(0, colon));
  listener.uid = static_cast<std::uint32_t>(parse_unsigned(words[kUid]).value_or(0));
  listener.inode = parse_unsigned(words[kInode]).value_or(0);
  return listener;
}

void read_table(const std::string& path, std::uint16_t port, PortProtocol protocol,
                std::vector<Listener>& listeners) {
  const auto content = read_file(path, kMaxTable);
  if (!content) return;  // no IPv6 on this host, for example
  for (const std::string& line : split(*content, '\n')) {
    if (auto listener = parse_line(line, port, protocol)) listeners.push_back(std::move(*listener));
  }
}

void fill_owner(const HostTree& tree, const std::string& pid, Listener& listener) {
  const std::string folder = tree.path("/proc/") + pid;
  listener.pid = static_cast<std::uint32_t>(parse_unsigned(pid).value_or(0));
  listener.command = read_word(folder + "/comm");
  const auto cgroup = read_file(folder + "/cgroup");
  Membership membership = parse_cgroup(cgroup.value_or(std::string()));
  listener.unit = std::move(membership.unit);
  listener.container = std::move(membership.container);
}

/// Walks over /proc once. Several processes may hold one socket: the first (the parent) counts.
void find_owners(const HostTree& tree, std::vector<Listener>& listeners) {
  std::map<std::string, Listener*> wanted;
  for (Listener& listener : listeners) {
    wanted.emplace("socket:[" + std::to_string(listener.inode) + "]", &listener);
  }
  std::vector<std::uint64_t> pids;
  for (const std::string& name : list_directory(tree.path("/proc"))) {
    if (const auto pid = parse_unsigned(name)) pids.push_back(*pid);
  }
  std::sort(pids.begin(), pids.end());
  for (const std::uint64_t pid : pids) {
    if (wanted.empty()) return;
    const std::string name = std::to_string(pid);
    const std::string folder = tree.path("/proc/") + name + "/fd/";
    for (const std::string& fd : list_directory(folder)) {
      std::string path = folder;
      const auto found = wanted.find(read_link(path.append(fd)));
      if (found == wanted.end()) continue;
      fill_owner(tree, name, *found->second);
      wanted.erase(found);
    }
  }
}

}  // namespace

std::vector<Listener> find_listeners(const HostTree& tree, std::uint16_t port,
                                     PortProtocol protocol) {
  const std::string table = protocol == PortProtocol::kTcp ? "/proc/net/tcp" : "/proc/net/udp";
  std::vector<Listener> listeners;
  read_table(tree.path(table), port, protocol, listeners);
  read_table(tree.path(table + "6"), port, protocol, listeners);
  if (!listeners.empty()) find_owners(tree, listeners);
  return listeners;
}

std::string describe(const Listener& listener) {
  if (listener.pid == 0) {
    return "a process of uid " + std::to_string(listener.uid) + " that cannot be seen without root";
  }
  std::string text = printable(listener.command) + " (pid " + std::to_string(listener.pid);
  if (!listener.unit.empty()) text += ", " + listener.unit;
  if (!listener.container.empty()) {
    text += ", container " + listener.container.substr(0, kShortId);
  }
  return text + ")";
}

bool owned_by(const Listener& listener, std::string_view name) {
  if (name.empty() || listener.pid == 0) return false;
  if (listener.command == name || listener.unit == name) return true;
  if (listener.unit == std::string(name) + ".service") return true;
  return name.size() >= kShortId && listener.container.starts_with(name);
}

}  // namespace gannet::agent
