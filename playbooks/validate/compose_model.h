// A Compose project as its rules see it: what all its files say together, with places.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "playbooks/placed_text.h"
#include "playbooks/rendered.h"

namespace gannet::playbooks {

/// An element of `ports`, in its short or its long form. Ranges include both ends.
struct ComposePort {
  PlacedText written;    ///< "8080:80", or the parts of the long form put together
  std::string address;   ///< of the host; empty: all
  std::string host;      ///< "8080", "8000-8010"; empty: Docker chooses
  std::string target;    ///< of the container
  std::string protocol;  ///< empty: tcp
  bool plain = false;    ///< short form without quotes
};

struct ComposeMount {
  PlacedText written;
  std::string source;  ///< empty: an anonymous volume
  std::string target;
  std::string path{};  ///< on the host, of a relative source
  std::string type;    ///< of the long form; empty: short form
  bool read_only = false;
  bool must_exist = false;  ///< create_host_path: false
};

struct ComposeDependency {
  PlacedText name;
  PlacedText condition;
  bool required = true;
};

/// A service's `healthcheck`.
struct ComposeHealth {
  PlacedText form;                    ///< of `test`: "CMD", "NONE" ...; of a plain text "CMD-SHELL"
  bool disabled = false;              ///< `disable: true`
  std::vector<PlacedText> durations;  ///< interval, timeout, start_period, start_interval
};

/// A service with what it inherits and what later files add.
struct ComposeEntry {
  std::string name;
  inventory::SourceLocation from;
  PlacedText image, network_mode, privileged, user, restart, container_name;
  ComposeHealth health;
  std::vector<ComposePort> ports;
  std::vector<ComposeMount> mounts;
  std::vector<PlacedText> networks, profiles;
  std::vector<ComposeDependency> depends_on;
  std::vector<std::string> capabilities;
  std::uint32_t replicas = 1;
  std::string base, base_file;  ///< service that it extends, and where if in another file
};

class ComposeModel {
 public:
  std::vector<ComposeEntry> services;  ///< in the order they are found
  std::map<std::string, inventory::SourceLocation> volumes, networks;
  std::vector<std::string> files;     ///< of the project that were read
  std::vector<std::string> profiles;  ///< that are active
  /// Some file could not be read here: what is missing may be in it.
  bool partial = false;

  /// Adds a service, or merges it into the one of its name.
  void put(const ComposeEntry& service);
  [[nodiscard]] const ComposeEntry* find(std::string_view name) const;
  /// Whether Compose starts the service.
  [[nodiscard]] bool is_active(const ComposeEntry& service) const;

 private:
  std::map<std::string, std::size_t, std::less<>> places_;  ///< of services, by name
};

/// The value of a text with its ${VAR} replaced; nullopt: it cannot be known.
using ComposeExpand = std::function<std::optional<std::string>(const std::string& text)>;

/// Reads one file; values that `expand` does not know are left out. `at`: the place of everything,
/// for a file that gannet writes. nullopt when it cannot be read.
struct ComposeSource {
  ComposeModel model;
  std::vector<std::string> includes;  ///< files, as written
};
[[nodiscard]] std::optional<ComposeSource> read_compose_source(
    const std::string& file, std::string text, const ComposeExpand& expand,
    const std::optional<inventory::SourceLocation>& at);

/// The project of a rendered service, which has one: all its files, what they include and extend.
[[nodiscard]] ComposeModel load_compose_model(const RenderedService& service);

/// Puts `later` over `service`: lists grow, single values are replaced.
void merge_compose_entry(ComposeEntry& service, const ComposeEntry& later);

}  // namespace gannet::playbooks
