#include "controller/report/wording.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>
#include <map>
#include <optional>

#include "base/text.h"

namespace gannet::controller {
namespace {

constexpr std::array kOutcomes{Outcome::kDeployed, Outcome::kUnchanged,   Outcome::kRolledBack,
                               Outcome::kFailed,   Outcome::kUnreachable, Outcome::kSkipped,
                               Outcome::kUnknown};

/// A host name around its last number.
struct NameParts {
  std::string prefix, suffix;
  std::size_t width = 0;  ///< digits, when there are leading zeros; else 0
  std::uint64_t number = 0;
};

std::optional<NameParts> numbered(const std::string& name) {
  constexpr std::size_t kMaxDigits = 9;
  constexpr const char* kDigits = "0123456789";
  const auto last = name.find_last_of(kDigits);
  if (last == std::string::npos) return std::nullopt;
  const auto before = name.find_last_not_of(kDigits, last);
  const auto first = before == std::string::npos ? 0 : before + 1;
  const auto digits = name.substr(first, last - first + 1);
  if (digits.size() > kMaxDigits) return std::nullopt;
  const bool padded = digits.size() > 1 && digits.front() == '0';
  return NameParts{name.substr(0, first), name.substr(last + 1), padded ? digits.size() : 0,
                   std::stoull(digits)};
}

std::string padded(std::uint64_t number, std::size_t width) {
  auto text = std::to_string(number);
  if (text.size() < width) text.insert(0, width - text.size(), '0');
  return text;
}

/// "1-3,7" of sorted numbers.
std::string ranges(std::vector<std::uint64_t> numbers, std::size_t width) {
  std::ranges::sort(numbers);
  std::string text;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t end = i;
    while (end + 1 < numbers.size() && numbers[end + 1] == numbers[end] + 1) ++end;
    if (!text.empty()) text += ',';
    text += padded(numbers[i], width);
    if (end > i) text += (end == i + 1 ? "," : "-") + padded(numbers[end], width);
    i = end + 1;
  }
  return text;
}

/// Number of bytes of the UTF-8 character at the beginning of `text`.
std::size_t character_size(std::string_view text) {
  std::size_t size = 1;
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) ++size;
  return size;
}

}  // namespace

std::string format_elapsed(std::int64_t ms) {
  std::array<char, 48> text{};
  const auto tenths = std::max<std::int64_t>(ms, 0) / 100;
  const auto seconds = tenths / 10;
  if (seconds < 60)
    std::snprintf(text.data(), text.size(), "%lld.%lld s", static_cast<long long>(seconds),
                  static_cast<long long>(tenths % 10));
  else if (seconds < 3600)
    std::snprintf(text.data(), text.size(), "%lld min %02lld s",
                  static_cast<long long>(seconds / 60), static_cast<long long>(seconds % 60));
  else
    std::snprintf(text.data(), text.size(), "%lld h %02lld min",
                  static_cast<long long>(seconds / 3600),
                  static_cast<long long>(seconds / 60 % 60));
  return text.data();
}

std::string format_local(std::int64_t utc_ms) {
  if (utc_ms == 0) return "-";
  const std::time_t seconds = utc_ms / 1000;
  std::tm parts{};
  std::array<char, 32> text{};
  if (::localtime_r(&seconds, &parts) == nullptr ||
      std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S", &parts) == 0)
    return "-";
  return text.data();
}

std::string format_age(std::int64_t ms) {
  const auto seconds = std::max<std::int64_t>(ms, 0) / 1000;
  if (seconds < 60) return std::to_string(seconds) + " s";
  if (seconds < 3600) return std::to_string(seconds / 60) + " min";
  if (seconds < 86'400) return std::to_string(seconds / 3600) + " h";
  const auto days = seconds / 86'400;
  return std::to_string(days) + (days == 1 ? " day" : " days");
}

std::string count_of(std::size_t count, std::string_view singular) {
  return std::to_string(count) + " " + std::string(singular) + (count == 1 ? "" : "s");
}

Vocabulary vocabulary_of(std::string_view command) {
  constexpr std::array<std::string_view, 5> kChanging{"deploy", "rollback", "lock", "unlock",
                                                      "agent remove"};
  return std::ranges::find(kChanging, command) == kChanging.end() ? Vocabulary::kNeutral
                                                                  : Vocabulary::kDeployment;
}

std::string outcome_counts(std::span<const Outcome> outcomes, Vocabulary vocabulary) {
  std::vector<std::pair<std::string, std::size_t>> counts;
  for (const auto outcome : kOutcomes) {
    const auto count = static_cast<std::size_t>(std::ranges::count(outcomes, outcome));
    if (count == 0) continue;
    const bool good = outcome == Outcome::kDeployed || outcome == Outcome::kUnchanged;
    const bool neutral = good && vocabulary == Vocabulary::kNeutral;
    const std::string word(neutral ? "ok" : to_string(outcome));
    if (!counts.empty() && counts.back().first == word)
      counts.back().second += count;
    else
      counts.emplace_back(word, count);
  }
  std::vector<std::string> parts;
  parts.reserve(counts.size());
  for (const auto& [word, count] : counts) parts.push_back(std::to_string(count) + " " + word);
  return join(parts, ", ");
}

std::string fold_hosts(std::span<const std::string> hosts) {
  struct Group {
    NameParts parts;
    std::string only;  ///< the name, as long as it is one
    std::vector<std::uint64_t> numbers;
  };
  std::vector<Group> groups;
  std::map<std::string, std::size_t> index;
  for (const auto& host : hosts) {
    const auto parts = numbered(host);
    if (!parts) {
      groups.push_back({{}, host, {}});
      continue;
    }
    auto key = parts->prefix;
    key.append(1, '\0').append(parts->suffix).append(1, '\0').append(std::to_string(parts->width));
    const auto [place, added] = index.emplace(key, groups.size());
    if (added) groups.push_back({*parts, host, {}});
    groups[place->second].numbers.push_back(parts->number);
  }
  std::vector<std::string> texts;
  for (const auto& group : groups) {
    const auto& parts = group.parts;
    texts.push_back(group.numbers.size() < 2
                        ? group.only
                        : parts.prefix + "[" + ranges(group.numbers, parts.width) + "]" +
                              parts.suffix);
  }
  return join(texts, ", ");
}

std::string name_hosts(std::span<const std::string> hosts) {
  constexpr std::size_t kInFull = 2;  // ranges of two are harder to read than two names
  if (hosts.size() == 1) return hosts.front();
  return (hosts.size() <= kInFull ? join(hosts, ", ") : fold_hosts(hosts)) + " (" +
         count_of(hosts.size(), "host") + ")";
}

std::vector<FoldedMessage> fold_messages(std::span<const HostRecord> hosts) {
  std::vector<FoldedMessage> folded;
  for (const auto& host : hosts) {
    if (host.message.empty()) continue;
    std::string_view message = host.message;
    if (message.starts_with(host.host + ": ")) message.remove_prefix(host.host.size() + 2);
    const auto same = std::ranges::find_if(folded, [&](const FoldedMessage& other) {
      return other.outcome == host.outcome && other.message == message && other.hint == host.hint;
    });
    if (same != folded.end())
      same->hosts.push_back(host.host);
    else
      folded.push_back({{host.host}, host.outcome, std::string(message), host.hint});
  }
  return folded;
}

std::string one_line(std::string_view text) {
  auto line = printable(trim(text));
  std::ranges::replace_if(
      line, [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return line;
}

std::string indented(std::string_view text, std::size_t indent) {
  while (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  std::string result;
  for (const char c : printable(text)) {
    result += c;
    if (c == '\n') result.append(indent, ' ');
  }
  return result;
}

std::string cut_to(std::string_view text, std::size_t columns) {
  if (display_width(text) <= columns) return std::string(text);
  if (columns == 0) return {};
  std::string result;
  std::size_t used = 0;
  while (!text.empty()) {
    const auto character = text.substr(0, character_size(text));
    const auto width = display_width(character);
    if (used + width > columns - 1) break;
    result.append(character);
    used += width;
    text.remove_prefix(character.size());
  }
  while (!result.empty() && result.back() == ' ') result.pop_back();
  return result + "…";
}

}  // namespace gannet::controller
