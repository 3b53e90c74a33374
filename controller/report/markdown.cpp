#include "controller/report/markdown.h"

#include <algorithm>

#include "base/text.h"
#include "controller/report/wording.h"

namespace gannet::controller {

std::string markdown_code(std::string_view text) {
  constexpr std::string_view kSpecial = "&<>\"'`*_~|\\[]!$#@:^=";
  if (text.empty()) return "-";
  std::string escaped;
  for (const char c : one_line(text)) {
    if (kSpecial.find(c) == std::string_view::npos)
      escaped += c;
    else
      escaped += "&#" + std::to_string(static_cast<int>(c)) + ";";
  }
  return "<code>" + escaped + "</code>";
}

std::string markdown_fence(std::string_view language, std::string_view text) {
  constexpr std::size_t kShortest = 3;
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(std::max(kShortest, longest + 1), '`');
  std::string block = fence + std::string(language) + "\n" + printable(text);
  if (!block.ends_with('\n')) block += '\n';
  return block + fence + "\n";
}

std::string markdown_details(const std::string& summary, const std::string& body) {
  return "<details><summary>" + summary + "</summary>\n\n" + body + "\n</details>\n";
}

std::string markdown_row(const std::vector<std::string>& cells) {
  return "| " + join(cells, " | ") + " |\n";
}

std::string markdown_head(const std::vector<std::string>& names) {
  return markdown_row(names) + markdown_row(std::vector<std::string>(names.size(), "---"));
}

}  // namespace gannet::controller
