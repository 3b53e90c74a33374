// The rules of `gannet validate`: their ids, what they mean and how to satisfy them.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "inventory/problem.h"

namespace gannet::playbooks {

/// One rule. An id is never given to something else, not even after its rule is gone.
struct Rule {
  std::string_view id;           ///< "GN-PORT-001"
  inventory::Severity severity;  ///< of what it finds
  bool stops_deploy;             ///< a deployment refuses, too: no comment can allow it
  std::string_view title;        ///< one line, no full stop
  std::string_view wrong;        ///< what is wrong; may be several lines
  std::string_view matters;      ///< why
  std::string_view fix;          ///< how to put it right
  std::string_view example;      ///< what is right, as written in a file; ends with a line break
};

/// All of them, sorted by id.
[[nodiscard]] std::span<const Rule> all_rules();

/// The rule with this id in upper or lower case; null: there is none.
[[nodiscard]] const Rule* find_rule(std::string_view id);

/// The known id nearest to `id` in either case; empty: none is near.
[[nodiscard]] std::string nearest_rule(std::string_view id);

/// "error", "warning", "info".
[[nodiscard]] std::string_view to_string(inventory::Severity severity);

/// The page of a rule for a terminal: lines of at most 78 characters.
[[nodiscard]] std::string rule_page(const Rule& rule);
/// Id, severity and title of every rule, a line each.
[[nodiscard]] std::string rule_list();
/// All pages, for docs/rules.md below its marker.
[[nodiscard]] std::string rules_markdown();
/// The body of rules_markdown() for one rule, without its heading.
[[nodiscard]] std::string rule_markdown(const Rule& rule);

/// A problem that breaks `rule`, with the severity of the table. `rule` has to be in it.
[[nodiscard]] inventory::Problem finding(std::string_view rule,
                                         const inventory::SourceLocation& from, std::string message,
                                         std::string hint);

// The parts of the table; use all_rules().
[[nodiscard]] std::span<const Rule> project_rules();
[[nodiscard]] std::span<const Rule> compose_rules();
[[nodiscard]] std::span<const Rule> unit_rules();
[[nodiscard]] std::span<const Rule> secret_rules();

}  // namespace gannet::playbooks
