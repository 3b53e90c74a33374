// All hosts that the user's sources name.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "inventory/host.h"
#include "inventory/selector.h"

namespace gannet::inventory {

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

 private:
  std::vector<Host> hosts_;
};

/// Reads gannet's YAML form. Errors: kInvalidInput with file:line:column, the line and a caret.
/// kNotFound when there is no such file.
[[nodiscard]] Result<Inventory> load_yaml(const std::filesystem::path& file);

}  // namespace gannet::inventory
