#include "controller/deploy/mask_secrets.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "base/text.h"

namespace gannet::controller {
namespace {

constexpr std::string_view kMask = "********";
constexpr std::size_t kShortestValue = 4;  // characters; shorter ones would mask half the text

constexpr std::array<std::string_view, 8> kSecretWords = {
    "password", "passwd", "passphrase", "secret", "token", "apikey", "privatekey", "credential"};

/// Returns true when there was something to mask.
bool mask_values(std::string& text, const std::vector<std::string>& values) {
  bool found = false;
  for (const auto& value : values) {
    if (value.size() < kShortestValue) continue;
    for (auto at = text.find(value); at != std::string::npos; at = text.find(value, at)) {
      text.replace(at, value.size(), kMask);
      found = true;
    }
  }
  return found;
}

std::string mask_line(std::string_view line) {
  const auto separator = line.find_first_of(":=");
  if (separator == std::string_view::npos || !looks_secret(line.substr(0, separator)))
    return std::string(line);
  const auto value = line.find_first_not_of(" \t", separator + 1);
  if (value == std::string_view::npos) return std::string(line);
  return std::string(line.substr(0, value)) + std::string(kMask);
}

}  // namespace

bool looks_secret(std::string_view name) {
  std::string letters;
  for (const char c : name) {
    if (c != '_' && c != '-' && c != '.')
      letters += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return std::ranges::any_of(kSecretWords, [&letters](std::string_view word) {
    return letters.find(word) != std::string::npos;
  });
}

std::string mask_secrets(std::string_view text, const std::vector<std::string>& values) {
  std::vector<std::string> lines = split(text, '\n');
  const auto changed = [&lines](std::size_t i) {
    return i < lines.size() && (lines[i].starts_with('-') || lines[i].starts_with('+'));
  };
  for (std::size_t i = 0; i < lines.size();) {
    const std::size_t first = i;
    bool secret = false;
    do {
      lines[i] = mask_line(lines[i]);
      if (mask_values(lines[i], values)) secret = true;
      ++i;
    } while (changed(first) && changed(i));
    // A secret that was replaced is still one, and nobody knows the old value.
    for (std::size_t k = first; secret && k < i; ++k) {
      if (lines[k].starts_with('-')) lines[k] = "-" + std::string(kMask);
    }
  }
  return join(lines, "\n");
}

void mask_secrets(HostPlan& plan, const playbooks::Variables& variables) {
  std::vector<std::string> values;
  for (const auto& [name, value] : variables) {
    if (looks_secret(name)) values.push_back(value);
  }
  // The longest first: one value may be the beginning of another.
  std::ranges::sort(values, std::ranges::greater(), &std::string::size);
  for (auto& service : plan.services) {
    for (auto& file : service.files) file.diff = mask_secrets(file.diff, values);
    for (auto& command : service.commands) mask_values(command, values);
  }
}

}  // namespace gannet::controller
