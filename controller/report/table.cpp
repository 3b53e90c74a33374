#include "controller/report/table.h"

#include <algorithm>

#include "base/text.h"
#include "controller/report/wording.h"

namespace gannet::controller {
namespace {

constexpr std::size_t kGap = 2;       // columns between columns
constexpr std::size_t kMinWrap = 12;  // narrower than this nothing is wrapped

/// `text` in lines of at most `width` columns, broken at spaces; longer words stand alone.
std::vector<std::string> wrap(const std::string& text, std::size_t width) {
  std::vector<std::string> lines{""};
  for (const auto& word : split(text, ' ')) {
    auto& line = lines.back();
    if (!line.empty() && display_width(line) + 1 + display_width(word) > width)
      lines.push_back(word);
    else
      line += (line.empty() ? "" : " ") + word;
  }
  return lines;
}

struct Column {
  std::size_t index;
  std::size_t width;
};

std::string draw_row(const std::vector<Cell>& row, const std::vector<Column>& columns,
                     const Style& style, std::size_t limit) {
  std::string line;
  std::size_t used = 0;
  for (const auto& column : columns) {
    const bool last = column.index == columns.back().index;
    const auto text = one_line(row[column.index].text);
    const auto tone = row[column.index].tone;
    if (!last) {
      line += style.paint(tone, text);
      line.append(column.width - display_width(text) + kGap, ' ');
      used += column.width + kGap;
      continue;
    }
    const bool wraps = limit >= used + kMinWrap;
    const auto parts = wraps ? wrap(text, limit - used) : std::vector<std::string>{text};
    for (std::size_t i = 0; i < parts.size(); ++i) {
      if (i > 0) line.append(1, '\n').append(used, ' ');
      line += style.paint(tone, parts[i]);
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line + "\n";
}

}  // namespace

std::string Table::render(const Style& style, std::size_t columns) const {
  std::vector<Column> shown;
  for (std::size_t i = 0; i < header_.size(); ++i) {
    std::size_t width = 0;
    for (const auto& row : rows_) width = std::max(width, display_width(one_line(row[i].text)));
    if (width > 0) shown.push_back({i, std::max(width, display_width(header_[i]))});
  }
  if (shown.empty()) return {};
  std::vector<Cell> heading;
  heading.reserve(header_.size());
  for (const auto& name : header_) heading.push_back({name, Tone::kStrong});
  std::string text = draw_row(heading, shown, style, columns);
  for (const auto& row : rows_) text += draw_row(row, shown, style, columns);
  return text;
}

}  // namespace gannet::controller
