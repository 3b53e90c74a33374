// The last lines of what a command printed.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace gannet::agent {

/// Keeps the last lines of a stream, each cut after kMaxLine bytes. A line without its newline
/// counts as one.
class LineTail {
 public:
  static constexpr std::size_t kMaxLines = 20;
  static constexpr std::size_t kMaxLine = 1000;  // bytes

  void add(std::string_view data);
  [[nodiscard]] std::vector<std::string> take();

 private:
  void finish_line();

  std::deque<std::string> lines_;
  std::string open_;  ///< a line that has not ended yet
};

}  // namespace gannet::agent
