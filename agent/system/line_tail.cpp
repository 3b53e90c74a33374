#include "agent/system/line_tail.h"

#include <algorithm>
#include <utility>

namespace gannet::agent {

void LineTail::add(std::string_view data) {
  while (!data.empty()) {
    const std::size_t newline = data.find('\n');
    const std::string_view part = data.substr(0, newline);
    open_.append(part.substr(0, kMaxLine - std::min(kMaxLine, open_.size())));
    if (newline == std::string_view::npos) return;
    finish_line();
    data.remove_prefix(newline + 1);
  }
}

void LineTail::finish_line() {
  if (!open_.empty() && open_.back() == '\r') open_.pop_back();
  lines_.push_back(std::exchange(open_, std::string()));
  if (lines_.size() > kMaxLines) lines_.pop_front();
}

std::vector<std::string> LineTail::take() {
  if (!open_.empty()) finish_line();
  std::vector<std::string> lines(lines_.begin(), lines_.end());
  lines_.clear();
  return lines;
}

}  // namespace gannet::agent
