// All hosts that the user's sources name.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "inventory/host.h"
#include "inventory/problem.h"
#include "inventory/selector.h"

namespace gannet::inventory {

class YamlDocument;

/// The hosts of one run, sorted by name (digits compare as numbers: pi-2 before pi-10).
class Inventory {
 public:
  /// Errors: kInvalidInput when two hosts have the same name; both places are named.
  [[nodiscard]] static Result<Inventory> from_hosts(std::vector<Host> hosts);

  [[nodiscard]] const std::vector<Host>& hosts() const { return hosts_; }
  [[nodiscard]] const Host* find(std::string_view name) const;

  /// The matching hosts, in order. Errors: kInvalidInput for a label key, group or host name that
  /// no host has ("did you mean"), and for a selection that is empty.
  [[nodiscard]] Result<std::vector<Host>> select(const Selector& selector) const;

  /// The names that `selector` uses are known. Errors: as select(), but none when nothing matches.
  [[nodiscard]] Result<> check_names(const Selector& selector) const;

 private:
  std::vector<Host> hosts_;
};

/// Reads gannet's YAML form. Errors: kInvalidInput with file:line:column, the line and a caret.
/// kNotFound when there is no such file.
[[nodiscard]] Result<Inventory> load_yaml(const std::filesystem::path& file);

/// The hosts of several files together. Errors: as above, and the same host in two of them.
[[nodiscard]] Result<Inventory> load_yaml(std::span<const std::filesystem::path> files);

/// Why load_yaml() would refuse the files, in parts and of all files; empty: no file is wrong by
/// itself.
[[nodiscard]] std::vector<Problem> find_problems(std::span<const std::filesystem::path> files);

/// The hosts of a file that has been parsed already, or all that is wrong with it.
[[nodiscard]] tl::expected<std::vector<Host>, std::vector<Problem>> parse_hosts(
    const YamlDocument& document);

}  // namespace gannet::inventory
