// The `ssh` mapping, which inventory.yaml and gannet.yaml share.
#pragma once

#include <filesystem>

#include "inventory/host.h"
#include "inventory/yaml_reader.h"

namespace gannet::inventory {

/// Reads `node` (may be null: no settings). Paths of files: "~" is the user's home, others are
/// relative to `folder`.
[[nodiscard]] SshSettings read_ssh_settings(const YamlContext& context, const YamlNode* node,
                                            const std::string& what,
                                            const std::filesystem::path& folder);

/// Fills what `settings` leaves open from `beneath`.
void fill_unset(SshSettings& settings, const SshSettings& beneath);

/// "~" and "~/x" with the home of the user who runs this; other paths joined with `folder`.
[[nodiscard]] std::string expand_path(const std::string& path, const std::filesystem::path& folder);

}  // namespace gannet::inventory
