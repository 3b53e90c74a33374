#include "controller/deploy/unified_diff.h"

#include <algorithm>
#include <cstdint>
#include <unordered_map>
#include <utility>
#include <vector>

namespace gannet::controller {
namespace {

constexpr std::size_t kContext = 3;  // lines around a change
constexpr int kMaxDistance = 1'500;  // edits; bounds the memory of the search to about 10 MiB

enum class Edit : std::uint8_t { kKeep, kRemove, kAdd };

/// Lines with their newline; the last one may have none.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const auto size = end == std::string_view::npos ? text.size() : end + 1;
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

/// Equal lines get equal numbers, so that comparing is cheap.
std::vector<int> number(const std::vector<std::string_view>& lines,
                        std::unordered_map<std::string_view, int>& known) {
  std::vector<int> numbers;
  numbers.reserve(lines.size());
  for (const auto line : lines)
    numbers.push_back(known.try_emplace(line, static_cast<int>(known.size())).first->second);
  return numbers;
}

/// Myers' greedy algorithm: the shortest list of edits from `a` to `b`, or everything removed and
/// added when that takes more than kMaxDistance edits.
class Myers {
 public:
  Myers(const std::vector<int>& a, const std::vector<int>& b)
      : a_(a), b_(b), n_(static_cast<int>(a.size())), m_(static_cast<int>(b.size())) {}

  std::vector<Edit> edits() {
    const int max = std::min(n_ + m_, kMaxDistance);
    std::vector<int> reach(2 * static_cast<std::size_t>(max) + 3, 0);
    offset_ = max + 1;
    for (int d = 0; d <= max; ++d) {
      trace_.emplace_back(reach.begin() + (offset_ - d - 1), reach.begin() + (offset_ + d + 2));
      if (advance(d, reach)) return walk_back(d);
    }
    std::vector<Edit> all(a_.size(), Edit::kRemove);
    all.insert(all.end(), b_.size(), Edit::kAdd);
    return all;
  }

 private:
  /// Takes one more edit on every diagonal; true when the end of both texts is reached.
  bool advance(int d, std::vector<int>& reach) {
    const auto at = [&](int k) -> int& { return *(reach.begin() + offset_ + k); };
    for (int k = -d; k <= d; k += 2) {
      const bool down = k == -d || (k != d && at(k - 1) < at(k + 1));
      int x = down ? at(k + 1) : at(k - 1) + 1;
      while (x < n_ && x - k < m_ && x - k >= 0 && same(x, x - k)) ++x;
      at(k) = x;
      if (x >= n_ && x - k >= m_) return true;
    }
    return false;
  }

  std::vector<Edit> walk_back(int distance) {
    std::vector<Edit> reversed;
    int x = n_;
    int y = m_;
    for (int d = distance; d > 0; --d) {
      const auto& before = trace_[static_cast<std::size_t>(d)];  // diagonals -d-1 .. d+1
      const auto at = [&](int k) { return *(before.begin() + d + 1 + k); };
      const int k = x - y;
      const bool down = k == -d || (k != d && at(k - 1) < at(k + 1));
      const int from_k = down ? k + 1 : k - 1;
      const int from_x = at(from_k);
      while (x > from_x + (down ? 0 : 1) && y > 0 && x > 0) {
        reversed.push_back(Edit::kKeep);
        --x;
        --y;
      }
      reversed.push_back(down ? Edit::kAdd : Edit::kRemove);
      x = from_x;
      y = from_x - from_k;
    }
    reversed.insert(reversed.end(), static_cast<std::size_t>(x), Edit::kKeep);
    std::ranges::reverse(reversed);
    return reversed;
  }

  [[nodiscard]] bool same(int x, int y) const {
    return a_[static_cast<std::size_t>(x)] == b_[static_cast<std::size_t>(y)];
  }

  const std::vector<int>& a_;
  const std::vector<int>& b_;
  int n_, m_;
  int offset_ = 0;
  std::vector<std::vector<int>> trace_;
};

struct Position {
  std::size_t before = 0, after = 0;  ///< lines passed
};

void append_line(std::string& out, char mark, std::string_view line) {
  out += mark;
  out += line;
  if (!line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
}

std::string range(std::size_t first, std::size_t count) {
  // An empty range names the line before it, as diff does.
  std::string text = std::to_string(count == 0 ? first : first + 1);
  if (count != 1) text += "," + std::to_string(count);
  return text;
}

class HunkPrinter {
 public:
  HunkPrinter(const std::vector<std::string_view>& before,
              const std::vector<std::string_view>& after, const std::vector<Edit>& edits)
      : before_(before), after_(after), edits_(edits) {}

  std::string print() {
    for (std::size_t i = 0; i < edits_.size();) {
      if (edits_[i] == Edit::kKeep) {
        ++i;
        continue;
      }
      const std::size_t begin = i > kContext + done_ ? i - kContext : done_;
      const std::size_t end = hunk_end(i);
      hunk(begin, end);
      i = end;
    }
    return std::move(out_);
  }

 private:
  /// One past the last edit of the hunk whose first change is at `i`, with its context.
  [[nodiscard]] std::size_t hunk_end(std::size_t i) const {
    std::size_t last = i;
    for (std::size_t at = i; at < edits_.size() && at <= last + 2 * kContext + 1; ++at) {
      if (edits_[at] != Edit::kKeep) last = at;
    }
    return std::min(last + 1 + kContext, edits_.size());
  }

  void hunk(std::size_t begin, std::size_t end) {
    for (; done_ < begin; ++done_) pass(edits_[done_]);
    const Position start = at_;
    std::string body;
    for (; done_ < end; ++done_) {
      const Edit edit = edits_[done_];
      if (edit == Edit::kKeep) append_line(body, ' ', before_[at_.before]);
      if (edit == Edit::kRemove) append_line(body, '-', before_[at_.before]);
      if (edit == Edit::kAdd) append_line(body, '+', after_[at_.after]);
      pass(edit);
    }
    out_ += "@@ -" + range(start.before, at_.before - start.before) + " +" +
            range(start.after, at_.after - start.after) + " @@\n" + body;
  }

  void pass(Edit edit) {
    if (edit != Edit::kAdd) ++at_.before;
    if (edit != Edit::kRemove) ++at_.after;
  }

  const std::vector<std::string_view>& before_;
  const std::vector<std::string_view>& after_;
  const std::vector<Edit>& edits_;
  std::string out_;
  std::size_t done_ = 0;  ///< edits behind us
  Position at_;
};

std::size_t sequence_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first < 0xE0) return 2;
  if (first >= 0xE0 && first < 0xF0) return 3;
  if (first >= 0xF0 && first < 0xF5) return 4;
  return 0;
}

}  // namespace

bool looks_binary(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto size = sequence_length(static_cast<unsigned char>(text[i]));
    if (text[i] == '\0' || size == 0 || i + size > text.size()) return true;
    for (std::size_t j = 1; j < size; ++j) {
      if ((static_cast<unsigned char>(text[i + j]) & 0xC0U) != 0x80U) return true;
    }
    i += size;
  }
  return false;
}

bool can_diff(std::string_view before, std::string_view after) {
  const auto small = [](std::string_view text) {
    return text.size() <= kMaxDiffBytes &&
           static_cast<std::size_t>(std::ranges::count(text, '\n')) < kMaxDiffLines;
  };
  return small(before) && small(after);
}

std::string unified_diff(std::string_view before, std::string_view after) {
  const auto old_lines = lines_of(before);
  const auto new_lines = lines_of(after);
  std::unordered_map<std::string_view, int> known;
  const auto a = number(old_lines, known);
  const auto b = number(new_lines, known);
  const auto edits = Myers(a, b).edits();
  return HunkPrinter(old_lines, new_lines, edits).print();
}

}  // namespace gannet::controller
