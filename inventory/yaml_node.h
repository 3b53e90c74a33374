// A YAML file as a tree that knows where everything was written.
// yaml-cpp is behind yaml_parser.cpp: it accepts duplicate keys and loses places, we do neither.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "inventory/problem.h"

namespace gannet::inventory {

/// Limits that keep a hostile or broken file from costing more than a moment.
inline constexpr std::uintmax_t kMaxYamlBytes = 10'000'000;
inline constexpr std::size_t kMaxYamlDepth = 64;
inline constexpr std::size_t kMaxYamlNodes = 300'000;  ///< with every alias written out

struct YamlNode;

/// One "key: value" of a mapping. Keys are text.
struct YamlEntry {
  const YamlNode* key = nullptr;
  const YamlNode* value = nullptr;
};

/// A node of the tree. Aliases share the node they refer to; merge keys are already applied.
struct YamlNode {
  enum class Kind { kNull, kScalar, kSequence, kMapping };

  Kind kind = Kind::kNull;
  std::string text;    ///< of a scalar
  bool plain = false;  ///< a scalar without quotes
  std::vector<const YamlNode*> items;
  std::vector<YamlEntry> entries;  ///< in file order, then what merge keys brought
  int line = 0;                    ///< 1-based
  int column = 0;                  ///< 1-based, in characters
  std::size_t weight = 1;          ///< nodes in it, with every alias written out

  /// The value of `key`, or null. Linear: mappings that people write are short.
  [[nodiscard]] const YamlNode* find(std::string_view key) const;
};

/// "a mapping", "a list", "text", "nothing".
[[nodiscard]] std::string_view to_string(YamlNode::Kind kind);

/// A parsed file. Nodes live as long as the document.
class YamlDocument {
 public:
  YamlDocument(std::string file, std::string text);

  [[nodiscard]] const YamlNode& root() const { return *root_; }
  [[nodiscard]] const std::string& file() const { return file_; }

  [[nodiscard]] SourceLocation place(const YamlNode& node) const;
  [[nodiscard]] SourceLocation place(int line, int column) const;
  /// The 1-based line without its end; empty when there is none.
  [[nodiscard]] std::string_view line(int number) const;
  /// The quoted text that begins at a line and a 0-based byte, with its quotes, or up to the end of
  /// the file when it is not closed. Empty when there is no quote.
  [[nodiscard]] std::string_view quoted_at(int line_number, int byte) const;
  /// A problem at `where`, with its source line.
  [[nodiscard]] Problem problem(SourceLocation where, std::string message, std::string note = {},
                                std::string hint = {}) const;

  /// What does not keep the rest from being read: duplicate keys, bad merge keys. Readers begin
  /// with these.
  [[nodiscard]] const std::vector<Problem>& problems() const { return problems_; }

  // For the parser.
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] YamlNode* add_node();
  void set_root(const YamlNode* root) { root_ = root; }
  void add_problem(Problem problem, std::string_view rule);

 private:
  std::string file_;
  std::string text_;  ///< without byte order mark
  std::vector<std::size_t> line_starts_;
  std::deque<YamlNode> nodes_;
  const YamlNode* root_;
  std::vector<Problem> problems_;
};

using YamlResult = tl::expected<std::unique_ptr<YamlDocument>, std::vector<Problem>>;

/// Parses `text`; `file` is only for messages. Fails when the text cannot be read at all: not
/// YAML, not UTF-8, control characters, too deep, too many nodes, more than one document. Look at
/// problems() of the document as well.
[[nodiscard]] YamlResult parse_yaml(std::string file, std::string text);

/// parse_yaml() of a file of at most kMaxYamlBytes.
[[nodiscard]] YamlResult read_yaml(const std::filesystem::path& file);

/// The whole text of a regular file of at most `max_bytes`, without a UTF-8 byte order mark.
/// The problem names the file only.
[[nodiscard]] tl::expected<std::string, Problem> read_text_file(const std::filesystem::path& file,
                                                                std::uintmax_t max_bytes);

/// The first place that is not UTF-8 text: a NUL or other control character, a broken sequence.
struct BadByte {
  std::size_t offset = 0;
  std::string message;  ///< "NUL byte", "not valid UTF-8"
};
[[nodiscard]] std::optional<BadByte> find_bad_byte(std::string_view text);

}  // namespace gannet::inventory
