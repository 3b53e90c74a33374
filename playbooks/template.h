// {{ }}: mustache, but strict. An unknown name is an error, nothing is escaped, no partials.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

namespace gannet::playbooks {

inline constexpr std::size_t kMaxTemplate = 1'000'000;  ///< bytes

/// What a template may use.
struct TemplateNames {
  using Item = std::map<std::string, std::string>;

  std::map<std::string, std::string> values;       ///< "host.name" -> "pi-1"
  std::map<std::string, std::vector<Item>> lists;  ///< "labels" -> {{key, value}, ...}
};

/// A name used by a template.
struct TemplateTag {
  std::string name;
  std::size_t offset = 0;  ///< of its "{{"
  bool section = false;    ///< {{#name}} or {{^name}}
  std::string inside;      ///< innermost section around it; empty: none
};

struct TemplateProblem {
  std::size_t offset = 0;
  std::string message;
  std::string token;  ///< as it stands in the text, to find it again
  std::string note;   ///< "did you mean ...?"
  std::string hint;
};

/// All names that `text` uses. Problems: tags or sections that are not closed, partials, sections
/// more than 32 deep, more than kMaxTemplate bytes.
[[nodiscard]] tl::expected<std::vector<TemplateTag>, TemplateProblem> scan_template(
    std::string_view text);

/// `text` with its tags replaced. {{#label.x}}...{{/label.x}} stands where the host has the label
/// (or `var`), {{^label.x}} where it has not; a list repeats its section, {{.}} is a plain item.
/// Problems: all unknown names, also those in sections that are left out.
[[nodiscard]] tl::expected<std::string, std::vector<TemplateProblem>> render_template(
    std::string_view text, const TemplateNames& names);

}  // namespace gannet::playbooks
