// The parts of gannet.yaml that have their own file: checks, services.
#pragma once

#include <string>
#include <vector>

#include "inventory/yaml_reader.h"
#include "playbooks/project.h"

namespace gannet::playbooks {

/// Longest wait that any key may ask for; a typo such as 60h should not hang a fleet.
inline constexpr std::chrono::hours kMaxWait{24};

/// True when `text` holds "${" or "{{": its value is only known per environment or host.
[[nodiscard]] bool has_placeholder(std::string_view text);

/// Key `checks`: a list of checks. `node` may be null.
[[nodiscard]] std::vector<CheckSpec> read_checks(const inventory::YamlContext& context,
                                                 const inventory::YamlNode* node);

/// Key `health`: a list, or a mapping with the list inside. `node` may be null.
[[nodiscard]] HealthSpec read_health(const inventory::YamlContext& context,
                                     const inventory::YamlNode* node);

/// Key `services`. `node` may be null.
[[nodiscard]] std::vector<Service> read_services(const inventory::YamlContext& context,
                                                 const inventory::YamlNode* node);

/// A selector in the YAML file; Selector::all() when absent or wrong (then recorded).
[[nodiscard]] inventory::Selector read_selector(inventory::MapReader& reader,
                                                const inventory::YamlContext& context,
                                                std::string_view key);

/// A duration of at most kMaxWait, else a problem.
[[nodiscard]] std::optional<std::chrono::milliseconds> read_wait(inventory::MapReader& reader,
                                                                 std::string_view key);

/// A text with its place; not given when absent or wrong (then recorded).
[[nodiscard]] PlacedText read_placed(inventory::MapReader& reader,
                                     const inventory::YamlContext& context, std::string_view key);
/// A list of texts, or one.
[[nodiscard]] std::vector<PlacedText> read_placed_list(inventory::MapReader& reader,
                                                       const inventory::YamlContext& context,
                                                       std::string_view key);

// Keys of the same names. `what` names the service in messages.
[[nodiscard]] ComposeService read_compose(const inventory::YamlContext& context,
                                          const inventory::YamlNode& node, const std::string& what);
[[nodiscard]] SystemdService read_systemd(const inventory::YamlContext& context,
                                          const inventory::YamlNode& node, const std::string& what);
[[nodiscard]] CaddyService read_caddy(const inventory::YamlContext& context,
                                      const inventory::YamlNode& node, const std::string& what);

}  // namespace gannet::playbooks
