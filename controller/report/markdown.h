// Pieces of GitHub-flavoured Markdown that hold what strangers wrote.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gannet::controller {

/// `text` on one line as <code>; "-" when empty. Everything that Markdown or HTML could take for
/// its own is an entity, and inside code no @name or #1 becomes a mention or a reference.
[[nodiscard]] std::string markdown_code(std::string_view text);

/// A block of `language` whose fence is longer than every row of backticks in `text`.
[[nodiscard]] std::string markdown_fence(std::string_view language, std::string_view text);

/// `body` folded away behind `summary`, which is Markdown already.
[[nodiscard]] std::string markdown_details(const std::string& summary, const std::string& body);

/// A row of a table from cells that are Markdown already.
[[nodiscard]] std::string markdown_row(const std::vector<std::string>& cells);
/// The two lines that begin a table.
[[nodiscard]] std::string markdown_head(const std::vector<std::string>& names);

}  // namespace gannet::controller
