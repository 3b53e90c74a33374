#include "playbooks/env_file.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "inventory/problem.h"
#include "inventory/yaml_node.h"
#include "playbooks/env_store.h"
#include "playbooks/interpolate.h"

namespace gannet::playbooks {
namespace {

constexpr std::uintmax_t kMaxEnvBytes = 10'000'000;

bool is_key_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '.' || c == '-';
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

/// A name that may be shown: a "$2y$10$abc" that somebody forgot to quote is a piece of a secret.
bool looks_like_a_name(std::string_view name) {
  return std::none_of(name.begin(), name.end(), [](char c) { return c >= 'a' && c <= 'z'; });
}

class EnvParser {
 public:
  EnvParser(std::string_view text, const std::string& file, const Variables& outer,
            Variables beneath)
      : text_(text), file_(file), outer_(outer), variables_(std::move(beneath)) {}

  Result<Variables> parse() {
    if (const auto bad = inventory::find_bad_byte(text_)) {
      return refuse(bad->offset, bad->message, "save the file as UTF-8 text");
    }
    for (;;) {
      skip_space();
      if (at_ >= text_.size()) return std::move(variables_);
      if (text_[at_] == '#') {
        skip_line();
      } else {
        TRY_VOID(assignment());
      }
    }
  }

 private:
  Result<> assignment() {
    if (text_.substr(at_).starts_with("export ") || text_.substr(at_).starts_with("export\t")) {
      at_ += 7;
      while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    }
    const std::size_t key_at = at_;
    while (at_ < text_.size() && is_key_char(text_[at_])) ++at_;
    const std::string key(text_.substr(key_at, at_ - key_at));
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    const bool assigns = at_ < text_.size() && (text_[at_] == '=' || text_[at_] == ':');
    if (!assigns) return no_assignment(key, key_at);
    if (key.empty()) return refuse(at_, "a name is missing before \"=\"");
    ++at_;
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    TRY(variables_[key], value());
    return {};
  }

  Result<> no_assignment(const std::string& key, std::size_t key_at) {
    const bool at_end = at_ >= text_.size() || text_[at_] == '\n';
    if (!at_end) {
      const bool blank = at_ > key_at && is_blank(text_[at_ - 1]);
      return refuse(at_,
                    blank ? "a name cannot hold a blank" : "this character cannot stand in a name",
                    "write NAME=value, with letters, digits, \"_\", \".\" and \"-\" in the name");
    }
    if (const auto found = outer_.find(key); found != outer_.end()) {
      variables_[key] = found->second;
      return {};
    }
    return refuse(key_at, "\"" + key + "\" has no value",
                  "write " + key + "= if it should be empty");
  }

  Result<std::string> value() {
    if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\'')) return quoted_value();
    const std::size_t start = at_;
    skip_line();
    std::string_view line = text_.substr(start, at_ - start);
    if (const auto comment = line.find(" #"); comment != std::string_view::npos) {
      line = line.substr(0, comment);
    }
    while (!line.empty() && (is_blank(line.back()) || line.back() == '\n')) line.remove_suffix(1);
    return expanded(line, start);
  }

  Result<std::string> quoted_value() {
    const std::size_t start = at_;
    const char quote = text_[at_++];
    std::string raw;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size()) {
        quote == '"' ? escape(raw) : single_escape(raw);
      } else {
        raw += text_[at_++];
      }
    }
    if (at_ >= text_.size()) return refuse(start, "this quote is never closed");
    ++at_;
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    if (at_ < text_.size() && text_[at_] != '\n' && text_[at_] != '#') {
      return refuse(at_, "text behind the closing quote", "quote the whole value");
    }
    skip_line();
    if (quote == '\'') return raw;
    return expanded(raw, start);
  }

  void single_escape(std::string& raw) {
    if (text_[at_ + 1] == '\'') ++at_;
    raw += text_[at_++];
  }

  /// One backslash and what follows, inside double quotes. A "$" that stays one is doubled, for
  /// expanded() will halve it.
  void escape(std::string& raw) {
    constexpr std::string_view kFrom = "abfnrtv\"\\$";
    constexpr std::string_view kTo = "\a\b\f\n\r\t\v\"\\$";
    const char next = text_[at_ + 1];
    if (next == '0') {
      octal(raw);
    } else if (const auto found = kFrom.find(next); found != std::string_view::npos) {
      raw += kTo[found];
      if (next == '$') raw += '$';
      at_ += 2;
    } else {
      raw += '\\';
      ++at_;
    }
  }

  void octal(std::string& raw) {
    at_ += 2;
    unsigned code = 0;
    for (int i = 0; i < 3 && at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '7'; ++i) {
      code = code * 8 + static_cast<unsigned>(text_[at_++] - '0');
    }
    raw += static_cast<char>(code & 0xFFU);
    if (raw.back() == '$') raw += '$';
  }

  Result<std::string> expanded(std::string_view raw, std::size_t start) {
    const VariableLookup lookup = [this](std::string_view name) -> std::optional<std::string> {
      const std::string key(name);
      if (const auto found = outer_.find(key); found != outer_.end()) return found->second;
      if (const auto found = variables_.find(key); found != variables_.end()) return found->second;
      return std::nullopt;
    };
    auto value = interpolate(raw, lookup, DollarStyle::kNames);
    if (value) return std::move(*value);
    const InterpolationProblem& problem = value.error();
    std::string message = problem.message;
    std::string note;
    if (!problem.variable.empty()) {
      const bool shown = problem.braces || looks_like_a_name(problem.variable);
      message = (shown ? "the variable \"" + problem.variable + "\" " : "a variable after \"$\" ") +
                message;
      if (shown) note = inventory::did_you_mean(problem.variable, known_names());
    }
    return refuse(start, message, "set it further up, or write $$ or single quotes to keep the $",
                  note);
  }

  [[nodiscard]] std::vector<std::string> known_names() const {
    std::vector<std::string> names;
    for (const auto& [name, value] : variables_) names.push_back(name);
    return names;
  }

  void skip_space() {
    while (at_ < text_.size() && (is_blank(text_[at_]) || text_[at_] == '\n')) ++at_;
  }

  void skip_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  [[nodiscard]] tl::unexpected<Error> refuse(std::size_t offset, std::string message,
                                             std::string hint = {}, std::string note = {}) const {
    const std::string_view before = text_.substr(0, offset);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const auto column = offset - (before.rfind('\n') + 1) + 1;
    inventory::Problem problem;
    problem.from = {file_, static_cast<int>(line), static_cast<int>(column)};
    problem.message = std::move(message);
    problem.note = std::move(note);
    problem.hint = std::move(hint);
    return fail(to_error(problem));
  }

  std::string_view text_;
  const std::string& file_;
  const Variables& outer_;
  std::size_t at_ = 0;
  Variables variables_;
};

}  // namespace

Result<Variables> parse_env(std::string_view text, const std::string& file, const Variables& outer,
                            Variables beneath) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return EnvParser(text, file, outer, std::move(beneath)).parse();
}

Result<Variables> load_env_file(const std::filesystem::path& file) {
  std::error_code ec;
  if (!std::filesystem::exists(file, ec)) {
    return fail(Code::kNotFound, file.string() + ": " + (ec ? ec.message() : "no such file"),
                "create it, or correct env_file: of the environment");
  }
  auto text = inventory::read_text_file(file, kMaxEnvBytes);
  if (!text) return fail(to_error(text.error()));
  return parse_env(*text, file.string());
}

}  // namespace gannet::playbooks
