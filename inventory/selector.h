// The language of --on: "role=pi", "site!=lab", "pi-*", "@group", "tag=canary";
// "," is and (binds tighter), "|" is or, "!" negates one term, parentheses group.
// docs/selectors.md.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "inventory/host.h"

namespace gannet::inventory {

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

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  struct Node;
  std::shared_ptr<const Node> root_;
  std::string text_;
};

}  // namespace gannet::inventory
