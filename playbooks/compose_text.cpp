#include "playbooks/compose_text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>

namespace gannet::playbooks {
namespace {

using Kind = InlineValue::Kind;

std::string in_double_quotes(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '$') {
      out += "$$";  // Compose would look for a variable
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < 0x20U || byte == 0x7FU) {
      std::array<char, 8> code{};
      std::snprintf(code.data(), code.size(), "\\x%02x", static_cast<unsigned>(byte));
      out += code.data();
    } else {
      out += c;
    }
  }
  return out + "\"";
}

/// What YAML and Compose take for a number or a truth value, and nothing that they may convert.
bool stays_plain(const std::string& text) {
  if (text == "true" || text == "false") return true;
  const bool digits = !text.empty() && text.size() <= 15 &&
                      text.find_first_not_of("0123456789") == std::string::npos;
  return digits && (text == "0" || text.front() != '0');
}

/// The name of the volume in "data:/var/lib/x"; empty for paths and volumes without a name.
std::string volume_name(const std::string& text) {
  const auto colon = text.find(':');
  if (colon == std::string::npos || text.find_first_of("./~") == 0) return {};
  return text.substr(0, colon);
}

class ComposeWriter {
 public:
  explicit ComposeWriter(RenderScope& scope) : scope_(scope) {}

  std::string write(const std::string& service, const std::string& image,
                    const ComposeService& compose) {
    text_ = "# written by gannet: what is changed here is lost with the next release\nservices:\n";
    text_ += "  " + in_double_quotes(service) + ":\n    image: " + in_double_quotes(image) + "\n";
    for (const auto& [key, value] : compose.keys) {
      if (key == "image") continue;
      entry(key, value, 4);
      if (key == "volumes") collect_volumes(value);
    }
    if (!volumes_.empty()) text_ += "volumes:\n";
    for (const std::string& volume : volumes_) text_ += "  " + in_double_quotes(volume) + ": {}\n";
    return std::move(text_);
  }

 private:
  void entry(const std::string& key, const InlineValue& value, std::size_t indent) {
    const bool plain =
        std::ranges::all_of(key, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; });
    text_ += std::string(indent, ' ') + (plain && indent == 4 ? key : in_double_quotes(key)) + ":";
    below(value, indent);
  }

  /// What stands behind "key:" or "-".
  void below(const InlineValue& value, std::size_t indent) {
    if (value.kind == Kind::kText) {
      text_ += " " + scalar(value) + "\n";
    } else if (value.kind == Kind::kNull) {
      text_ += " null\n";
    } else if (value.items.empty() && value.entries.empty()) {
      text_ += value.kind == Kind::kList ? " []\n" : " {}\n";
    } else {
      text_ += "\n";
      for (const InlineValue& item : value.items) {
        text_ += std::string(indent + 2, ' ') + "-";
        below(item, indent + 2);
      }
      for (const auto& [key, one] : value.entries) entry(key, one, indent + 2);
    }
  }

  std::string scalar(const InlineValue& value) {
    if (value.plain && stays_plain(value.text.value)) return value.text.value;
    return in_double_quotes(scope_.expand(value.text));
  }

  /// Compose wants named volumes to be declared.
  void collect_volumes(const InlineValue& list) {
    for (const InlineValue& item : list.items) {
      std::string name;
      if (item.kind == Kind::kText) {
        name = volume_name(scope_.expand(item.text));
      } else if (item.kind == Kind::kMap) {
        name = named_source(item);
      }
      if (!name.empty()) volumes_.insert(std::move(name));
    }
  }

  std::string named_source(const InlineValue& mount) {
    std::string type = "volume";
    std::string source;
    for (const auto& [key, value] : mount.entries) {
      if (key == "type") type = value.text.value;
      if (key == "source") source = scope_.expand(value.text);
    }
    return type == "volume" ? source : "";
  }

  RenderScope& scope_;
  std::string text_;
  std::set<std::string> volumes_;
};

}  // namespace

std::string write_compose_file(const std::string& service, const std::string& image,
                               const ComposeService& compose, RenderScope& scope) {
  return ComposeWriter(scope).write(service, image, compose);
}

}  // namespace gannet::playbooks
