#include <algorithm>

#include "base/text.h"
#include "playbooks/generate/writers.h"

namespace gannet::playbooks {
namespace {

constexpr std::size_t kMostLines = 4'000;  // the table is their product
constexpr std::size_t kContext = 3;

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines = split(text, '\n');
  if (lines.back().empty()) lines.pop_back();
  return lines;
}

/// Every line of both with ' ', '-' or '+' in front: a longest common subsequence stays.
std::vector<std::string> edit_script(const std::vector<std::string>& a,
                                     const std::vector<std::string>& b) {
  const bool small = a.size() <= kMostLines && b.size() <= kMostLines;
  const std::size_t width = b.size() + 1;
  std::vector<std::uint16_t> common(small ? (a.size() + 1) * width : 0);
  for (std::size_t i = small ? a.size() : 0; i-- > 0;) {
    for (std::size_t j = b.size(); j-- > 0;) {
      common[i * width + j] =
          a[i] == b[j] ? static_cast<std::uint16_t>(common[(i + 1) * width + j + 1] + 1)
                       : std::max(common[(i + 1) * width + j], common[i * width + j + 1]);
    }
  }
  std::vector<std::string> script;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() || j < b.size()) {
    const bool both = small && i < a.size() && j < b.size();
    if (both && a[i] == b[j]) {
      script.push_back(" " + a[i++]);
      ++j;
    } else if (i < a.size() &&
               (!both || common[(i + 1) * width + j] >= common[i * width + j + 1])) {
      script.push_back("-" + a[i++]);
    } else {
      script.push_back("+" + b[j++]);
    }
  }
  return script;
}

}  // namespace

std::string line_diff(const std::string& name, std::string_view before, std::string_view after) {
  if (before == after) return {};
  const std::vector<std::string> script = edit_script(lines_of(before), lines_of(after));
  std::vector<bool> shown(script.size(), false);
  for (std::size_t at = 0; at < script.size(); ++at) {
    if (script[at].front() == ' ') continue;
    const std::size_t last = std::min(script.size(), at + kContext + 1);
    for (std::size_t near = at - std::min(at, kContext); near < last; ++near) shown[near] = true;
  }
  std::string text = "--- " + name + "\n+++ " + name + " (generated)\n";
  for (std::size_t at = 0; at < script.size(); ++at) {
    if (shown[at])
      text += script[at] + "\n";
    else if (at == 0 || shown[at - 1])
      text += "...\n";
  }
  return text;
}

}  // namespace gannet::playbooks
