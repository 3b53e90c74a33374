// The end of what a program wrote to stderr.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"

namespace gannet::controller {

/// Keeps the last 64 KiB of what is added until it is taken, safe to show on a terminal.
class StderrTail {
 public:
  static constexpr std::size_t kLimit = 64UL * 1024;  ///< bytes as the program wrote them

  void add(std::string_view bytes) {
    text_.append(bytes.substr(bytes.size() > kLimit ? bytes.size() - kLimit : 0));
    if (text_.size() > 2 * kLimit) text_.erase(0, text_.size() - kLimit);
  }

  [[nodiscard]] bool empty() const { return text_.empty(); }

  [[nodiscard]] std::string take() {
    const std::string text = std::exchange(text_, {});
    return printable(
        std::string_view(text).substr(text.size() > kLimit ? text.size() - kLimit : 0));
  }

 private:
  std::string text_;
};

}  // namespace gannet::controller
