// A place in a file that the user wrote.
#pragma once

#include <string>

namespace gannet::inventory {

struct SourceLocation {
  std::string file;  ///< as the user would type it
  int line = 0;      ///< 1-based; 0: the file as a whole
  int column = 0;    ///< 1-based, in characters
};

/// "inventory.yaml:14:5", or just the file when there is no line.
[[nodiscard]] std::string to_string(const SourceLocation& location);

}  // namespace gannet::inventory
