// Comments that allow what a rule finds: `# gannet: ignore GN-PORT-003 -- reason`.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "inventory/problem.h"

namespace gannet::playbooks {

/// One rule that a comment names.
struct Ignore {
  inventory::SourceLocation from;  ///< of the "#"
  std::string source_line;
  std::string rule;   ///< as written; empty: the comment names none
  int last_line = 0;  ///< holds from from.line to here: up to the first line that is no comment
  bool reason = false;
};

/// All in `text`. A comment that stands alone in its line is for the next line that is none.
[[nodiscard]] std::vector<Ignore> find_ignores(std::string_view text, const std::string& file);

/// Takes out of `found` what comments in `files` allow, and adds what is wrong with the comments.
/// Files that cannot be read are left out.
void apply_ignores(std::vector<inventory::Problem>& found, const std::set<std::string>& files);

}  // namespace gannet::playbooks
