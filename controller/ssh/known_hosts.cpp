#include "controller/ssh/known_hosts.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>

#include "base/text.h"

namespace gannet::controller {
namespace {

constexpr std::string_view kBlanks = " \t";

/// Takes the next word off `rest`.
std::string_view next_word(std::string_view& rest) {
  const auto start = rest.find_first_not_of(kBlanks);
  if (start == std::string_view::npos) return rest = {};
  rest.remove_prefix(start);
  const auto end = std::min(rest.find_first_of(kBlanks), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

bool has_wildcards(std::string_view pattern) {
  return pattern.find_first_of("*?") != std::string_view::npos;
}

/// OpenSSH's rule: some pattern matches and no negated one does.
bool list_matches(const std::vector<std::string>& patterns, std::string_view name) {
  bool found = false;
  for (const std::string_view pattern : patterns) {
    const bool negated = pattern.starts_with('!');
    if (!glob_match(negated ? pattern.substr(1) : pattern, name)) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

void add_once(std::vector<std::string>& list, const std::string& value) {
  if (std::find(list.begin(), list.end(), value) == list.end()) list.push_back(value);
}

Result<std::string> read_text(const std::string& file) {
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in && errno == ENOENT) return std::string();
  std::ostringstream text;
  if (in && in.peek() != std::ifstream::traits_type::eof()) text << in.rdbuf();
  if (!in.is_open() || in.bad() || text.bad()) {
    return fail_errno(Code::kIo, "read " + file, errno == 0 ? EIO : errno);
  }
  return text.str();
}

}  // namespace

Result<KnownHosts> KnownHosts::load(std::span<const std::string> files) {
  KnownHosts result;
  for (const auto& file : files) {
    TRY(const std::string text, read_text(file));
    result.add_file(file, text);
  }
  for (LineIndex i = 0; i < result.lines_.size(); ++i) result.index_line(i);
  return result;
}

void KnownHosts::add_file(const std::string& file, std::string_view text) {
  files_.push_back(file);
  for (std::uint32_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    const auto added = add_line(line, number);
    if (added) continue;
    problems_.push_back(file + ":" + std::to_string(number) + ": " + added.error().context);
  }
}

Result<> KnownHosts::add_line(std::string_view text, std::uint32_t number) {
  Line line;
  line.file = static_cast<std::uint32_t>(files_.size() - 1);
  line.number = number;
  std::string_view names = next_word(text);
  if (names.starts_with('@')) {
    if (names != "@revoked" && names != "@cert-authority") {
      return fail(Code::kInvalidInput, "unknown marker \"" + printable(names) + "\"");
    }
    line.marker = names == "@revoked" ? Marker::kRevoked : Marker::kCertAuthority;
    names = next_word(text);
  }
  line.type = next_word(text);
  const std::string_view base64 = next_word(text);
  if (base64.empty()) {
    return fail(Code::kInvalidInput, "expected a host, a key type and a key");
  }
  if (key_type_of(base64).value_or("") != line.type) {
    return fail(Code::kInvalidInput, "the key is damaged, or is no " + printable(line.type));
  }
  line.base64 = base64;
  if (names.starts_with('|')) {
    TRY(line.hashed, HashedName::parse(names));
  } else {
    for (const auto& pattern : split(names, ',')) {
      if (!pattern.empty()) line.patterns.push_back(known_hosts_name(pattern, 22));
    }
  }
  lines_.push_back(std::move(line));
  return {};
}

void KnownHosts::index_line(LineIndex index) {
  const Line& line = lines_[index];
  by_key_[line.base64].push_back(index);
  if (line.hashed) {
    hashed_.push_back(index);
    if (line.marker == Marker::kNone) add_once(hashed_types_, line.type);
    return;
  }
  const bool plain = std::none_of(line.patterns.begin(), line.patterns.end(), has_wildcards);
  if (!plain) {
    with_wildcards_.push_back(index);
    return;
  }
  for (const auto& name : line.patterns) by_name_[name].push_back(index);
}

bool KnownHosts::matches(const Line& line, std::string_view name) const {
  return line.hashed ? line.hashed->matches(name) : list_matches(line.patterns, name);
}

std::vector<KnownHosts::LineIndex> KnownHosts::lines_of(std::string_view name) const {
  std::vector<LineIndex> found;
  const auto take = [&](const std::vector<LineIndex>& candidates) {
    for (const LineIndex i : candidates) {
      if (matches(lines_[i], name)) found.push_back(i);
    }
  };
  const auto plain = by_name_.find(std::string(name));
  if (plain != by_name_.end()) take(plain->second);
  take(with_wildcards_);
  take(hashed_);
  std::sort(found.begin(), found.end());
  return found;
}

KnownHosts::Known KnownHosts::known(const Line& line) const {
  Known result;
  auto key = HostKey::from_base64(line.base64);
  if (key) result.key = std::move(*key);
  result.file = files_[line.file];
  result.line = line.number;
  return result;
}

KnownHosts::Answer KnownHosts::check(std::string_view address, std::uint16_t port,
                                     const HostKey& key) const {
  const std::string name = known_hosts_name(address, port);
  Answer answer;
  const auto same_key = by_key_.find(key.base64);
  if (same_key != by_key_.end()) {
    const Line* trusted = nullptr;
    for (const LineIndex i : same_key->second) {
      const Line& line = lines_[i];
      const bool wanted =
          line.marker == Marker::kRevoked || (line.marker == Marker::kNone && trusted == nullptr);
      if (!wanted || !matches(line, name)) continue;
      if (line.marker == Marker::kRevoked) return {Verdict::kRevoked, {known(line)}};
      trusted = &line;
    }
    if (trusted != nullptr) return {Verdict::kTrusted, {known(*trusted)}};
  }
  std::vector<Known> authorities;
  for (const LineIndex i : lines_of(name)) {
    const Line& line = lines_[i];
    if (line.marker == Marker::kNone) answer.known.push_back(known(line));
    if (line.marker == Marker::kCertAuthority) authorities.push_back(known(line));
  }
  if (answer.known.empty() && authorities.empty()) return answer;
  if (answer.known.empty()) return {Verdict::kCertAuthority, std::move(authorities)};
  answer.verdict = Verdict::kChanged;
  std::stable_partition(answer.known.begin(), answer.known.end(),
                        [&](const Known& k) { return k.key.type == key.type; });
  return answer;
}

std::vector<std::string> KnownHosts::likely_types(std::string_view address,
                                                  std::uint16_t port) const {
  std::vector<std::string> types;
  const std::string name = known_hosts_name(address, port);
  const auto plain = by_name_.find(name);
  if (plain != by_name_.end()) {
    for (const LineIndex i : plain->second) {
      const Line& line = lines_[i];
      if (line.marker == Marker::kNone && matches(line, name)) add_once(types, line.type);
    }
  }
  return types.empty() ? hashed_types_ : types;
}

std::vector<std::string> KnownHosts::known_types(std::string_view address,
                                                 std::uint16_t port) const {
  std::vector<std::string> types;
  for (const LineIndex i : lines_of(known_hosts_name(address, port))) {
    if (lines_[i].marker == Marker::kNone) add_once(types, lines_[i].type);
  }
  return types;
}

}  // namespace gannet::controller
