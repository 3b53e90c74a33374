#include "agent/services/json_value.h"

#include <algorithm>
#include <cctype>
#include <optional>

namespace gannet::agent {

/// Reads one value after the other; nullopt: this is no JSON.
class JsonReader {
 public:
  explicit JsonReader(std::string_view text) : left_(text) {}

  std::optional<JsonValue> document() {
    auto value = read(0);
    skip_spaces();
    return left_.empty() ? value : std::nullopt;
  }

 private:
  static constexpr int kMaxDepth = 100;
  static constexpr std::string_view kSpaces = " \t\r\n";

  void skip_spaces() {
    left_.remove_prefix(std::min(left_.find_first_not_of(kSpaces), left_.size()));
  }
  bool take(char wanted) {
    skip_spaces();
    if (!left_.starts_with(wanted)) return false;
    left_.remove_prefix(1);
    return true;
  }

  /// With its quotes.
  std::optional<std::string> quoted() {
    skip_spaces();
    if (!left_.starts_with('"')) return std::nullopt;
    for (std::size_t i = 1; i < left_.size(); ++i) {
      if (left_[i] == '\\') {
        ++i;
      } else if (left_[i] == '"') {
        std::string text(left_.substr(0, i + 1));
        left_.remove_prefix(i + 1);
        return text;
      }
    }
    return std::nullopt;
  }

  std::optional<JsonValue> read(int depth) {
    if (depth > kMaxDepth) return std::nullopt;
    if (take('{')) return object(depth);
    if (take('[')) return array(depth);
    return scalar();
  }

  std::optional<JsonValue> scalar() {
    JsonValue value;
    if (left_.starts_with('"')) {
      auto text = quoted();
      if (!text) return std::nullopt;
      value.scalar_ = std::move(*text);
      return value;
    }
    const auto ends = [](char c) {
      return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '+' && c != '.';
    };
    const auto end = std::find_if(left_.begin(), left_.end(), ends);
    value.scalar_.assign(left_.begin(), end);
    left_.remove_prefix(value.scalar_.size());
    const bool word =
        value.scalar_ == "true" || value.scalar_ == "false" || value.scalar_ == "null";
    const bool number =
        !value.scalar_.empty() && (value.scalar_[0] == '-' ||
                                   std::isdigit(static_cast<unsigned char>(value.scalar_[0])) != 0);
    if (!word && !number) return std::nullopt;
    return value;
  }

  std::optional<JsonValue> array(int depth) {
    JsonValue value;
    value.kind_ = JsonValue::Kind::kArray;
    if (take(']')) return value;
    do {
      auto item = read(depth + 1);
      if (!item) return std::nullopt;
      value.items_.push_back(std::move(*item));
    } while (take(','));
    if (!take(']')) return std::nullopt;
    return value;
  }

  std::optional<JsonValue> object(int depth) {
    JsonValue value;
    value.kind_ = JsonValue::Kind::kObject;
    if (take('}')) return value;
    do {
      auto name = quoted();
      if (!name || !take(':')) return std::nullopt;
      auto member = read(depth + 1);
      if (!member) return std::nullopt;
      value.members_.emplace_back(name->substr(1, name->size() - 2), std::move(*member));
    } while (take(','));
    if (!take('}')) return std::nullopt;
    std::stable_sort(value.members_.begin(), value.members_.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    return value;
  }

  std::string_view left_;
};

Result<JsonValue> JsonValue::parse(std::string_view text) {
  auto value = JsonReader(text).document();
  if (!value) return fail(Code::kBadMessage, "this is no JSON");
  return std::move(*value);
}

const JsonValue* JsonValue::member(std::string_view name) const {
  for (const auto& [key, value] : members_) {
    if (key == name) return &value;
  }
  return nullptr;
}

const JsonValue* JsonValue::at(std::initializer_list<std::string_view> names) const {
  const JsonValue* value = this;
  for (const std::string_view name : names) {
    value = value->member(name);
    if (value == nullptr) return nullptr;
  }
  return value;
}

std::string_view JsonValue::string() const {
  if (!scalar_.starts_with('"')) return {};
  return std::string_view(scalar_).substr(1, scalar_.size() - 2);
}

std::string JsonValue::text() const {
  std::string text;
  add_text(text);
  return text;
}

void JsonValue::add_text(std::string& text) const {
  if (kind_ == Kind::kScalar) {
    text += scalar_;
    return;
  }
  const bool object = kind_ == Kind::kObject;
  text += object ? '{' : '[';
  const std::size_t begin = text.size();
  for (const auto& [name, value] : members_) {
    if (text.size() > begin) text += ',';
    text += '"' + name + "\":";
    value.add_text(text);
  }
  for (const JsonValue& item : items_) {
    if (text.size() > begin) text += ',';
    item.add_text(text);
  }
  text += object ? '}' : ']';
}

}  // namespace gannet::agent
