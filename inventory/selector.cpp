#include "inventory/selector.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace gannet::inventory {
namespace {

constexpr std::size_t kMaxText = 4'096;  // bytes
constexpr int kMaxDepth = 32;            // parentheses and "!"

bool ends_word(char c) {
  return c == ',' || c == '|' || c == '(' || c == ')' || c == '!' || c == '=' || c == ' ' ||
         c == '\t';
}

bool has_wildcard(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

bool matches_any(const std::string& pattern, const std::vector<std::string>& values) {
  return std::any_of(values.begin(), values.end(),
                     [&](const std::string& value) { return glob_match(pattern, value); });
}

}  // namespace

struct Selector::Node {
  enum class Kind { kAnd, kOr, kNot, kHost, kGroup, kKey };

  Kind kind = Kind::kAnd;
  std::string key;      ///< kKey: label key, "name", "address" or "tag"
  std::string pattern;  ///< kHost, kGroup, kKey
  std::vector<std::unique_ptr<Node>> children;

  [[nodiscard]] bool matches(const Host& host) const;
  [[nodiscard]] bool matches_key(const Host& host) const;
};

bool Selector::Node::matches(const Host& host) const {
  const auto child_matches = [&](const auto& child) { return child->matches(host); };
  switch (kind) {
    case Kind::kAnd:
      return std::all_of(children.begin(), children.end(), child_matches);
    case Kind::kOr:
      return std::any_of(children.begin(), children.end(), child_matches);
    case Kind::kNot:
      return !children.front()->matches(host);
    case Kind::kHost:
      return glob_match(pattern, host.name);
    case Kind::kGroup:
      return matches_any(pattern, host.groups);
    case Kind::kKey:
      return matches_key(host);
  }
  return false;
}

bool Selector::Node::matches_key(const Host& host) const {
  if (key == "name") return glob_match(pattern, host.name);
  if (key == "address") return glob_match(pattern, host.address);
  if (key == "tag") return matches_any(pattern, host.tags);
  const auto label = host.labels.find(key);
  return label != host.labels.end() && glob_match(pattern, label->second);
}

/// Recursive descent: or := and ("|" and)*, and := term ("," term)*.
class Selector::Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<std::unique_ptr<Node>> parse() {
    if (text_.size() > kMaxText) {
      return fail(Code::kInvalidInput,
                  "selector: longer than " + std::to_string(kMaxText) + " bytes");
    }
    TRY(auto root, parse_or(0));
    if (at_ < text_.size()) {
      const bool closes = text_[at_] == ')';
      return expected(closes ? "no \"(\" belongs to this" : "expected \",\", \"|\" or the end");
    }
    return root;
  }

  std::vector<SelectorName> take_names() { return std::move(names_); }

 private:
  Result<std::unique_ptr<Node>> parse_or(int depth) {
    TRY(auto first, parse_and(depth));
    return parse_more(std::move(first), '|', Node::Kind::kOr, depth);
  }

  Result<std::unique_ptr<Node>> parse_and(int depth) {
    TRY(auto first, parse_term(depth));
    return parse_more(std::move(first), ',', Node::Kind::kAnd, depth);
  }

  Result<std::unique_ptr<Node>> parse_more(std::unique_ptr<Node> first, char separator,
                                           Node::Kind kind, int depth) {
    if (!accept(separator)) return first;
    auto all = std::make_unique<Node>();
    all->kind = kind;
    all->children.push_back(std::move(first));
    do {
      TRY(auto next, kind == Node::Kind::kOr ? parse_and(depth) : parse_term(depth));
      all->children.push_back(std::move(next));
    } while (accept(separator));
    return all;
  }

  Result<std::unique_ptr<Node>> parse_term(int depth) {
    skip_blanks();
    if (depth > kMaxDepth) return expected("nested too deep");
    if (accept('!')) {
      auto negation = std::make_unique<Node>();
      negation->kind = Node::Kind::kNot;
      TRY(auto term, parse_term(depth + 1));
      negation->children.push_back(std::move(term));
      return negation;
    }
    if (accept('(')) {
      TRY(auto inner, parse_or(depth + 1));
      if (!accept(')')) return expected("expected \")\"");
      return inner;
    }
    if (accept('@')) return parse_group();
    return parse_name_or_key();
  }

  Result<std::unique_ptr<Node>> parse_group() {
    const std::size_t start = at_;
    const std::string_view word = take_word();
    if (word.empty()) return expected("expected the name of a group");
    if (!has_wildcard(word)) add_name(SelectorName::Kind::kGroup, word, start);
    return leaf(Node::Kind::kGroup, "", word);
  }

  Result<std::unique_ptr<Node>> parse_name_or_key() {
    const std::size_t start = at_;
    const std::string_view word = take_word();
    if (word.empty()) return expected("expected a host, key=value, tag=name or @group");
    skip_blanks();
    if (starts_with("!=") || starts_with("=")) return parse_value(word, start);
    if (!has_wildcard(word)) add_name(SelectorName::Kind::kHost, word, start);
    return leaf(Node::Kind::kHost, "", word);
  }

  Result<std::unique_ptr<Node>> parse_value(std::string_view key, std::size_t key_at) {
    if (has_wildcard(key)) {
      at_ = key_at + key.find_first_of("*?");
      return expected("a key takes no wildcard");
    }
    const bool negated = text_[at_] == '!';
    at_ += negated ? 2 : 1;
    if (starts_with("=")) return expected("one \"=\" is enough");
    skip_blanks();
    const std::size_t value_at = at_;
    const std::string_view value = take_word();
    if (value.empty()) return expected("expected a value");
    if (key != "name" && key != "address" && key != "tag") {
      add_name(SelectorName::Kind::kLabel, key, key_at);
    }
    if (key == "name" && !has_wildcard(value)) {
      add_name(SelectorName::Kind::kHost, value, value_at);
    }
    auto term = leaf(Node::Kind::kKey, key, value);
    if (!negated) return term;
    auto negation = std::make_unique<Node>();
    negation->kind = Node::Kind::kNot;
    negation->children.push_back(std::move(term));
    return negation;
  }

  static std::unique_ptr<Node> leaf(Node::Kind kind, std::string_view key,
                                    std::string_view pattern) {
    auto node = std::make_unique<Node>();
    node->kind = kind;
    node->key = key;
    node->pattern = pattern;
    return node;
  }

  void add_name(SelectorName::Kind kind, std::string_view name, std::size_t offset) {
    names_.push_back(SelectorName{kind, std::string(name), offset});
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\t')) ++at_;
  }

  bool accept(char c) {
    skip_blanks();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    skip_blanks();
    return true;
  }

  [[nodiscard]] bool starts_with(std::string_view token) const {
    return text_.substr(at_).starts_with(token);
  }

  std::string_view take_word() {
    const std::size_t start = at_;
    while (at_ < text_.size() && !ends_word(text_[at_])) ++at_;
    return text_.substr(start, at_ - start);
  }

  [[nodiscard]] tl::unexpected<Error> expected(std::string_view what) const {
    return fail(Code::kInvalidInput, "selector: " + with_caret(text_, at_, what),
                "write for example role=pi,!tag=old or pi-*|@garage");
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<SelectorName> names_;
};

std::string with_caret(std::string_view text, std::size_t offset, std::string_view note) {
  const std::string before(text.substr(0, offset));
  return std::string(note) + "\n  " + printable(text) + "\n  " +
         std::string(display_width(printable(before)), ' ') + "^";
}

Result<Selector> Selector::parse(std::string_view text) {
  Parser parser(text);
  auto root = parser.parse();
  if (!root) return fail(std::move(root.error()));
  Selector selector;
  selector.root_ = std::shared_ptr<const Node>(std::move(*root));
  selector.text_ = text;
  selector.names_ = parser.take_names();
  return selector;
}

Selector Selector::all() {
  Selector selector;
  selector.text_ = "*";
  return selector;
}

bool Selector::matches(const Host& host) const { return !root_ || root_->matches(host); }

namespace {

std::vector<std::string> names_of(const std::vector<SelectorName>& names, SelectorName::Kind kind) {
  std::vector<std::string> found;
  for (const SelectorName& name : names) {
    if (name.kind == kind) found.push_back(name.text);
  }
  return found;
}

}  // namespace

std::vector<std::string> Selector::label_keys() const {
  return names_of(names_, SelectorName::Kind::kLabel);
}
std::vector<std::string> Selector::group_names() const {
  return names_of(names_, SelectorName::Kind::kGroup);
}
std::vector<std::string> Selector::host_names() const {
  return names_of(names_, SelectorName::Kind::kHost);
}

}  // namespace gannet::inventory
