// Typed access to YAML trees that collects problems instead of stopping at the first.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "inventory/yaml_node.h"

namespace gannet::inventory {

/// What all readers of one file share. Not thread-safe; outlives the readers.
struct YamlContext {
  const YamlDocument& document;
  std::vector<Problem>& problems;

  /// Records a problem at `node`.
  void add(const YamlNode& node, std::string message, std::string note = {}, std::string hint = {},
           std::string_view rule = "GN-CONF-001") const;
  [[nodiscard]] SourceLocation place(const YamlNode& node) const { return document.place(node); }
};

/// Reads one mapping key by key; finish() then reports the keys that nobody asked for.
///
/// `what` names the mapping in messages: `host "pi-1"`. Getters return nullopt when the key is
/// absent or null, and when its value is wrong: then a problem has been recorded.
class MapReader {
 public:
  /// Records a problem when `node` is neither a mapping nor null.
  MapReader(const YamlContext& context, const YamlNode& node, std::string what);

  [[nodiscard]] bool valid() const { return valid_; }
  [[nodiscard]] const YamlNode& node() const { return node_; }
  [[nodiscard]] const std::string& what() const { return what_; }
  /// Changes what the mapping is called, once its kind is known.
  void rename(std::string what) { what_ = std::move(what); }

  /// The value, or null when absent or null. The key counts as known from now on.
  const YamlNode* get(std::string_view key);
  /// As get(), but an absent key is a problem.
  const YamlNode* require(std::string_view key);
  [[nodiscard]] bool has(std::string_view key) const;
  /// The node of the key itself, for messages; the mapping when absent.
  [[nodiscard]] const YamlNode& key_node(std::string_view key) const;

  std::optional<std::string> text(std::string_view key);  ///< not empty
  std::optional<bool> boolean(std::string_view key);
  std::optional<std::int64_t> number(std::string_view key, std::int64_t min, std::int64_t max);
  std::optional<double> decimal(std::string_view key, double min, double max);
  std::optional<std::chrono::milliseconds> duration(std::string_view key);
  std::optional<std::uint64_t> size(std::string_view key);
  std::optional<std::string> choice(std::string_view key, const std::vector<std::string>& allowed);
  /// A list of texts, or one text.
  std::vector<const YamlNode*> texts(std::string_view key);

  /// Records a problem for every key that was not asked for, with the nearest one that was.
  /// `ignored_prefix` (may be empty): keys that begin so are left alone.
  void finish(std::string_view ignored_prefix = {});

  /// A problem at the value of `key`.
  void add(std::string_view key, std::string message, std::string note = {},
           std::string hint = {}) const;

 private:
  const YamlNode* scalar(std::string_view key);

  const YamlContext& context_;
  const YamlNode& node_;
  std::string what_;
  bool valid_ = false;
  std::vector<std::string> known_;
};

/// Records "`what` has to be text, not a list" unless `node` is a scalar.
[[nodiscard]] bool is_text(const YamlContext& context, const YamlNode& node,
                           const std::string& what);

/// Reads a mapping of names to plain texts, such as `labels`. Names: [A-Za-z0-9_][A-Za-z0-9_.-]*.
[[nodiscard]] std::vector<std::pair<const YamlNode*, std::string>> read_text_map(
    const YamlContext& context, const YamlNode* node, const std::string& what);

/// True for [A-Za-z0-9_][A-Za-z0-9_.-]{0,252}: hosts, groups, labels, tags, variables.
[[nodiscard]] bool is_name(std::string_view text);

}  // namespace gannet::inventory
