// What is wrong with something the user wrote, and how it is shown: place, message, line, caret.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "inventory/source_location.h"

namespace gannet::inventory {

enum class Severity { kError, kWarning, kInfo };

/// One thing to correct. `note` stands behind the caret ("did you mean ...?"); `hint` below it.
struct Problem {
  SourceLocation from;
  std::string message;      ///< one line, lower case, without the place
  std::string note;         ///< short, may be empty
  std::string hint;         ///< one thing to do, may be empty
  std::string source_line;  ///< the line of `from`; may be empty: then neither line nor caret
  Severity severity = Severity::kError;
  std::string rule{};  ///< id of the rule that it breaks, "GN-YAML-001"; playbooks/validate/rules.h
};

/// Gives `rule` to all problems from the index `from` on that have none yet.
void give_rule(std::vector<Problem>& problems, std::string_view rule, std::size_t from = 0);

/// As people read it (the line number takes five columns; a very long line is cut around the
/// caret):
///   inventory.yaml:14:5: unknown key "adress" in host "web-3"
///      14 |     adress: 10.0.0.3
///         |     ^ did you mean "address"?
[[nodiscard]] std::string to_string(const Problem& problem);

/// kInvalidInput with to_string() as the context and the problem's hint.
[[nodiscard]] Error to_error(const Problem& problem);
[[nodiscard]] std::vector<Error> to_errors(const std::vector<Problem>& problems);

/// All problems as one error: the texts below each other (at most 20), the first one's hint.
[[nodiscard]] Error to_single_error(const std::vector<Problem>& problems);

/// Reads the line of `from` out of its file into source_line, so that the caret can be shown. If
/// `token` stands at or behind the column, or in the `more_lines` below, the place moves there.
/// Leaves `problem` as it is when the file cannot be read.
void add_source_line(Problem& problem, std::string_view token, int more_lines = 0);

/// "text"
[[nodiscard]] std::string in_quotes(std::string_view text);

/// `did you mean "x"?`, or empty when nothing known is near `word`.
[[nodiscard]] std::string did_you_mean(std::string_view word,
                                       const std::vector<std::string>& known);

}  // namespace gannet::inventory
