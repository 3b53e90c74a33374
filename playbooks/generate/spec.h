// Key `generate` of a service: what the files that gannet writes for it should say.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "inventory/problem.h"
#include "playbooks/placed_text.h"
#include "playbooks/project.h"

namespace gannet::inventory {
struct YamlContext;
struct YamlNode;
}  // namespace gannet::inventory

namespace gannet::playbooks {

/// Names and values, in file order.
using TextPairs = std::vector<std::pair<std::string, std::string>>;

/// A container of the Compose file. ${VAR} in its texts is Compose's.
struct ContainerSpec {
  std::string name;
  std::string image;
  std::vector<std::string> command;     ///< one: a command line; several: words
  std::vector<std::string> ports;       ///< as in a Compose file
  std::vector<std::string> volumes;     ///< likewise; names are declared
  std::vector<std::string> depends_on;  ///< waits until healthy when that one has a health check
  TextPairs environment;
  std::string healthcheck;  ///< shell command in the container; empty: the image's usual one
  std::string memory;       ///< "256M"; empty: no limit
  std::string cpus;         ///< "0.5"; empty: no limit
  std::string user;
  std::string restart = "unless-stopped";
  bool internal = false;  ///< reaches only the other containers, and only they reach it
};

struct SiteSpec {
  TextPairs sites;  ///< host, upstream: a port of the host or an address
  CaddyTls tls = CaddyTls::kAutomatic;
  bool compress = true;
  TextPairs headers;  ///< added to every answer
  TextPairs users;    ///< basic auth: name, bcrypt hash
};

struct UnitSpec {
  std::string exec, description, user, working_directory, memory, cpu;
  std::string on_calendar, randomized_delay;  ///< a timer when on_calendar is given
  std::string restart = "on-failure";
  std::vector<std::string> environment_files, after, writable;
  bool state = false;   ///< /var/lib/<unit> belongs to it
  bool network = true;  ///< false: no network at all
  bool persistent = false;
};

/// All of one service. The paths are those that the service itself deploys.
struct GenerateSpec {
  std::string service;
  std::vector<ContainerSpec> containers;  ///< empty: no Compose file
  std::optional<SiteSpec> site;
  std::optional<UnitSpec> unit;
  std::string compose_file, site_file, unit_file, timer_file;  ///< relative to the project
};

/// Reads the key of `service`, whose other keys have been read. Problems go to `context`.
[[nodiscard]] GenerateSpec read_generate(const inventory::YamlContext& context,
                                         const inventory::YamlNode& node, const Service& service);

/// The keys `generate` of all services of a gannet.yaml that parse_project() has read, in file
/// order.
[[nodiscard]] tl::expected<std::vector<GenerateSpec>, std::vector<inventory::Problem>>
load_generate(const Project& project);

}  // namespace gannet::playbooks
