#include "playbooks/validate/unit_reader.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace gannet::playbooks {
namespace {

constexpr std::string_view kUnitBlanks = " \t\r";

std::string_view strip_unit_blanks(std::string_view text) {
  const auto first = text.find_first_not_of(kUnitBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kUnitBlanks) - first + 1);
}

UnitLine classify_unit_line(std::string_view text, const std::string& section) {
  UnitLine line;
  line.section = section;
  if (text.starts_with('[') && text.ends_with(']')) {
    line.kind = UnitLine::Kind::kSection;
    line.section = text.substr(1, text.size() - 2);
    return line;
  }
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return line;
  line.kind = UnitLine::Kind::kAssignment;
  line.key = strip_unit_blanks(text.substr(0, equals));
  line.value = strip_unit_blanks(text.substr(equals + 1));
  return line;
}

}  // namespace

std::vector<UnitLine> read_unit(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<UnitLine> lines;
  std::string section;
  std::string joined;
  int first_line = 0;
  int first_column = 0;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view raw = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    std::string_view bare = strip_unit_blanks(raw);
    const bool comment = bare.starts_with('#') || bare.starts_with(';');
    if (comment || (bare.empty() && joined.empty())) {
      if (!comment || !text.empty() || joined.empty()) continue;
      bare = {};  // the file ends in a comment inside a continued line
    }
    if (first_line == 0) {
      first_line = number;
      first_column = static_cast<int>(raw.find_first_not_of(kUnitBlanks)) + 1;
    }
    const bool goes_on = bare.ends_with('\\') && !text.empty();
    if (bare.ends_with('\\')) bare.remove_suffix(1);
    joined += bare;
    if (goes_on) {
      joined += ' ';
      continue;
    }
    UnitLine line = classify_unit_line(strip_unit_blanks(joined), section);
    line.line = first_line;
    line.column = first_column;
    if (line.kind == UnitLine::Kind::kSection) section = line.section;
    lines.push_back(std::move(line));
    joined.clear();
    first_line = 0;
  }
  return lines;
}

}  // namespace gannet::playbooks
