// systemd unit files as systemd 252 reads them, with the place of everything in them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gannet::playbooks {

/// An assignment, a section, or a line that is neither.
struct UnitLine {
  enum class Kind { kSection, kAssignment, kNeither };
  Kind kind = Kind::kNeither;
  std::string section;  ///< name without brackets; empty: before the first section
  std::string key;      ///< of an assignment
  std::string value;    ///< continued lines joined with a blank, without blanks around it
  int line = 0;         ///< 1-based, of the first character
  int column = 0;       ///< 1-based, in bytes
};

/// Reads `text` in one pass. A "\" at the end of a line continues it; comments in between are left
/// out. Carriage returns at line ends and a byte order mark are passed over, as systemd does.
/// Nothing is an error to this reader: what systemd ignores comes back as kNeither.
[[nodiscard]] std::vector<UnitLine> read_unit(std::string_view text);

}  // namespace gannet::playbooks
