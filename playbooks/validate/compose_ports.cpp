#include "playbooks/validate/compose_ports.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <numeric>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>

#include <arpa/inet.h>

#include "base/text.h"
#include "playbooks/validate/rules.h"

namespace gannet::playbooks {
namespace {

using inventory::in_quotes;
using inventory::Problem;

constexpr std::uint16_t kFirstOpenToAll = 1024;

struct PortRange {
  std::uint16_t first = 0, last = 0;
  [[nodiscard]] int size() const { return last - first + 1; }
};

struct Database {
  std::string_view image;  ///< last part of the image's name
  std::uint16_t port;
};

constexpr std::array<Database, 22> kDatabases{{{"postgres", 5432},
                                               {"postgresql", 5432},
                                               {"postgis", 5432},
                                               {"timescaledb", 5432},
                                               {"pgvector", 5432},
                                               {"mysql", 3306},
                                               {"mariadb", 3306},
                                               {"percona", 3306},
                                               {"mongo", 27017},
                                               {"mongodb", 27017},
                                               {"redis", 6379},
                                               {"valkey", 6379},
                                               {"memcached", 11211},
                                               {"couchdb", 5984},
                                               {"cassandra", 9042},
                                               {"influxdb", 8086},
                                               {"elasticsearch", 9200},
                                               {"opensearch", 9200},
                                               {"clickhouse-server", 8123},
                                               {"neo4j", 7687},
                                               {"mssql", 1433},
                                               {"etcd", 2379}}};

std::optional<std::uint16_t> port_number(std::string_view text) {
  std::uint16_t number = 0;
  const char* begin = text.begin();
  const char* end = text.end();
  const auto [stop, ec] = std::from_chars(begin, end, number);
  if (ec != std::errc() || stop != end || number == 0) return std::nullopt;
  return number;
}

/// "80" or "8000-8010".
std::optional<PortRange> port_range(std::string_view text) {
  const auto dash = text.find('-');
  const auto first = port_number(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : port_number(text.substr(dash + 1));
  if (!first || !last || *last < *first) return std::nullopt;
  return PortRange{*first, *last};
}

std::string without_brackets(const std::string& address) {
  const bool brackets = address.size() > 1 && address.front() == '[' && address.back() == ']';
  return brackets ? address.substr(1, address.size() - 2) : address;
}

bool is_address(const std::string& text) {
  const std::string address = without_brackets(text);
  std::array<unsigned char, sizeof(in6_addr)> bytes{};
  return ::inet_pton(AF_INET, address.c_str(), bytes.data()) == 1 ||
         ::inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1;
}

bool is_every_address(const std::string& text) {
  const std::string address = without_brackets(text);
  return address.empty() || address == "0.0.0.0" || address == "::";
}

/// Whether both listen somewhere together.
bool addresses_meet(const std::string& one, const std::string& other) {
  const std::string a = without_brackets(one);
  const std::string b = without_brackets(other);
  if (a.empty() || b.empty() || a == b) return true;
  const bool same_family = (a.find(':') == std::string::npos) == (b.find(':') == std::string::npos);
  return same_family && (is_every_address(a) || is_every_address(b));
}

std::string protocol_of(const ComposePort& port) {
  return port.protocol.empty() ? "tcp" : port.protocol;
}

/// A number to the base 60 for YAML 1.1, as 22:22.
bool is_sexagesimal(const ComposePort& port) {
  if (!port.plain || !port.address.empty() || !port.protocol.empty() || port.host.empty()) {
    return false;
  }
  const auto last = port_number(port.target);
  return port_number(port.host) && last && *last < 60;
}

/// "postgres" of "docker.io/library/postgres:16@sha256:...".
std::string_view image_base(std::string_view image) {
  image = image.substr(0, image.find('@'));
  if (const auto slash = image.rfind('/'); slash != std::string_view::npos) {
    image.remove_prefix(slash + 1);
  }
  return image.substr(0, image.find(':'));
}

std::uint16_t database_port(const ComposeEntry& service) {
  const auto name = image_base(service.image.value);
  const auto found = std::ranges::find(kDatabases, name, &Database::image);
  return found == kDatabases.end() ? std::uint16_t{0} : found->port;
}

bool is_root(const ComposeEntry& service) {
  const std::string user = service.user.value.substr(0, service.user.value.find(':'));
  return user.empty() || user == "0" || user == "root";
}

bool may_bind(const ComposeEntry& service) {
  return is_root(service) || service.privileged.value == "true" ||
         std::ranges::any_of(service.capabilities, [](const std::string& one) {
           return one == "NET_BIND_SERVICE" || one == "CAP_NET_BIND_SERVICE" || one == "ALL";
         });
}

class PortChecker {
 public:
  std::vector<Problem> run(const ComposeModel& model) {
    for (const ComposeEntry& service : model.services) {
      for (const ComposePort& port : service.ports) check(service, port);
      if (service.network_mode.value == "host") check_host_mode(service);
    }
    return std::move(problems_);
  }

 private:
  void add(std::string_view rule, const PlacedText& where, std::string message,
           std::string hint = {}) {
    problems_.push_back(finding(rule, where.from, std::move(message), std::move(hint)));
  }

  void check(const ComposeEntry& service, const ComposePort& port) {
    const std::string shown = in_quotes(printable(port.written.value));
    const auto target = port_range(port.target);
    const auto host = port.host.empty() ? target : port_range(port.host);
    const std::string& wrong = target ? port.host : port.target;
    if (!target || !host) {
      return add("GN-PORT-002", port.written,
                 in_quotes(printable(wrong)) + " in " + shown + " is not a port",
                 "write a number from 1 to 65535, or a range such as 8000-8010");
    }
    if (target->size() > 1 && host->size() != target->size()) {
      return add("GN-PORT-002", port.written, shown + " maps ranges of different length",
                 "let both ranges have as many ports");
    }
    const std::string protocol = protocol_of(port);
    if (protocol != "tcp" && protocol != "udp" && protocol != "sctp") {
      add("GN-PORT-004", port.written, in_quotes(printable(protocol)) + " is no protocol of a port",
          "write tcp or udp");
    }
    if (!port.address.empty() && !is_address(port.address)) {
      add("GN-PORT-005", port.written, in_quotes(printable(port.address)) + " is not an IP address",
          "write an address of the host, such as 127.0.0.1");
    }
    if (is_sexagesimal(port)) {
      add("GN-PORT-006", port.written, port.written.value + " may be read as a number by YAML",
          "write \"" + port.written.value + "\" in quotes");
    }
    check_published(service, port, *target, *host);
  }

  void check_published(const ComposeEntry& service, const ComposePort& port,
                       const PortRange& target, const PortRange& host) {
    if (service.network_mode.value == "host" || port.host.empty()) return;
    const std::uint16_t database = database_port(service);
    if (database != 0 && target.first <= database && database <= target.last &&
        is_every_address(port.address)) {
      add("GN-PORT-003", port.written,
          "the database of service " + in_quotes(service.name) + " is published on all addresses",
          "publish \"127.0.0.1:" + port.host + ":" + port.target + "\", or no port at all");
    }
    if (service.replicas > 1 && host.size() == 1) {
      add("GN-PORT-007", port.written,
          std::to_string(service.replicas) + " containers of service " + in_quotes(service.name) +
              " want host port " + port.host,
          "publish a range of ports, or leave out the host port");
    }
  }

  void check_host_mode(const ComposeEntry& service) {
    if (!service.networks.empty()) return;  // which of the two is meant is not known
    add("GN-NET-003", service.network_mode,
        "service " + in_quotes(service.name) + " uses the network of the host");
    if (service.ports.empty()) return;
    add("GN-NET-002", service.ports.front().written,
        "\"ports\" has no effect with network_mode: host", "remove one of the two");
    for (const ComposePort& port : service.ports) {
      const auto target = port_range(port.target);
      if (!target || target->first >= kFirstOpenToAll || may_bind(service)) continue;
      add("GN-PORT-008", port.written,
          "user " + in_quotes(printable(service.user.value)) + " of service " +
              in_quotes(service.name) + " may not open port " + port.target + " of the host",
          "choose a port from 1024, or add the capability NET_BIND_SERVICE");
    }
  }

  std::vector<Problem> problems_;
};

std::string shown_ports(const TakenPorts& taken) {
  std::string text = std::to_string(taken.first);
  if (taken.last != taken.first) text += "-" + std::to_string(taken.last);
  return text;
}

Problem clash(const TakenPorts& later, const TakenPorts& first) {
  return finding("GN-PORT-001", later.from,
                 "host port " + shown_ports(later) + "/" + later.protocol +
                     " is taken twice; the other is " + first.owner + " (" + to_string(first.from) +
                     ")",
                 "change one of the two host ports");
}

}  // namespace

std::vector<Problem> check_ports(const ComposeModel& model) { return PortChecker().run(model); }

std::vector<TakenPorts> taken_ports(const ComposeModel& model, const std::string& name) {
  std::vector<TakenPorts> taken;
  for (const ComposeEntry& service : model.services) {
    if (!model.is_active(service) || service.network_mode.value == "host") continue;
    for (const ComposePort& port : service.ports) {
      const auto host = port_range(port.host);
      const auto target = port_range(port.target);
      if (!host || !target) continue;
      // Of a range for one port of the container Docker takes any that is free.
      if (host->size() != target->size()) continue;
      const std::string owner = service.name == name
                                    ? "service " + in_quotes(name)
                                    : in_quotes(service.name) + " of service " + in_quotes(name);
      taken.push_back(
          {host->first, host->last, protocol_of(port), port.address, owner, port.written.from});
    }
  }
  return taken;
}

std::vector<Problem> find_port_clashes(const std::vector<TakenPorts>& taken) {
  std::vector<std::size_t> order(taken.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
    return std::tie(taken[a].protocol, taken[a].first, a) <
           std::tie(taken[b].protocol, taken[b].first, b);
  });
  std::map<std::size_t, std::size_t> clashes;  // the later one, and one that it meets
  std::vector<std::size_t> open;               // those that may reach the next
  for (const std::size_t now : order) {
    std::erase_if(open, [&](std::size_t one) {
      return taken[one].protocol != taken[now].protocol || taken[one].last < taken[now].first;
    });
    const auto met = std::ranges::find_if(open, [&](std::size_t one) {
      return addresses_meet(taken[one].address, taken[now].address);
    });
    if (met != open.end()) clashes.emplace(std::max(*met, now), std::min(*met, now));
    // What the other takes on all addresses up to there is found there first.
    const bool covered =
        met != open.end() && taken[*met].address.empty() && taken[*met].last >= taken[now].last;
    if (!covered) open.push_back(now);
  }
  std::vector<Problem> problems;
  problems.reserve(clashes.size());
  for (const auto& [later, first] : clashes) problems.push_back(clash(taken[later], taken[first]));
  return problems;
}

}  // namespace gannet::playbooks
