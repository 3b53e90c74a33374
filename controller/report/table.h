// Columns of text that line up on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "controller/report/style.h"

namespace gannet::controller {

struct Cell {
  std::string text;  ///< one line; made printable by the table
  Tone tone = Tone::kPlain;
};

/// Rows under a heading. The last column may wrap, all others are as wide as their widest cell.
class Table {
 public:
  explicit Table(std::vector<std::string> header) : header_(std::move(header)) {}

  /// A row has one cell per column.
  void add(std::vector<Cell> row) { rows_.push_back(std::move(row)); }
  [[nodiscard]] bool empty() const { return rows_.empty(); }

  /// Columns whose cells are all empty are left out. `columns` > 0: the last column wraps there.
  [[nodiscard]] std::string render(const Style& style, std::size_t columns) const;

 private:
  std::vector<std::string> header_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace gannet::controller
