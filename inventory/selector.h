// The language of --on: "role=pi", "site!=lab", "pi-*", "@group", "tag=canary";
// "," is and (binds tighter), "|" is or, "!" negates one term, parentheses group.
// docs/selectors.md.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "inventory/host.h"

namespace gannet::inventory {

/// A name that a selector uses, and where: to refuse unknown ones with a caret.
struct SelectorName {
  enum class Kind { kLabel, kGroup, kHost };
  Kind kind = Kind::kHost;
  std::string text;
  std::size_t offset = 0;  ///< bytes into the selector's text
};

/// "<note>" and below it `text` with a caret under the byte `offset`.
[[nodiscard]] std::string with_caret(std::string_view text, std::size_t offset,
                                     std::string_view note);

/// A parsed selector. Cheap to copy; immutable.
class Selector {
 public:
  /// Errors: kInvalidInput with the text, a caret under the offending character, and what was
  /// expected there.
  [[nodiscard]] static Result<Selector> parse(std::string_view text);
  /// Matches every host.
  [[nodiscard]] static Selector all();

  [[nodiscard]] bool matches(const Host& host) const;

  /// Names it uses, so that unknown ones can be refused: label keys, @groups, plain host names
  /// without wildcards.
  [[nodiscard]] std::vector<std::string> label_keys() const;
  [[nodiscard]] std::vector<std::string> group_names() const;
  [[nodiscard]] std::vector<std::string> host_names() const;

  [[nodiscard]] const std::vector<SelectorName>& names() const { return names_; }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  struct Node;
  class Parser;
  std::shared_ptr<const Node> root_;
  std::string text_;
  std::vector<SelectorName> names_;
};

}  // namespace gannet::inventory
