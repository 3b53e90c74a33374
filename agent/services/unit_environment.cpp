#include "agent/services/unit_environment.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr std::string_view kEscapable = "\"\\`$";

bool is_name(std::string_view name) {
  const auto is_part = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
  };
  return !name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0 &&
         std::all_of(name.begin(), name.end(), is_part);
}

void add_assignment(Environment& all, std::string_view text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos || !is_name(text.substr(0, equals))) return;
  all.emplace_back(text.substr(0, equals), text.substr(equals + 1));
}

/// Reads KEY=VALUE lines; a value may be quoted, in parts too, and go on after a backslash.
class EnvironmentReader {
 public:
  explicit EnvironmentReader(std::string_view text) : left_(text) {}

  Environment all() {
    Environment all;
    while (!left_.empty()) {
      skip(" \t\r\n");
      if (left_.starts_with('#') || left_.starts_with(';')) {
        skip_comment();
        continue;
      }
      const std::size_t equals = left_.find_first_of("=\n");
      const bool assigns = equals != std::string_view::npos && left_[equals] == '=';
      if (!assigns) {
        left_.remove_prefix(std::min(left_.find('\n'), left_.size()));
        continue;
      }
      const std::string name(trim(left_.substr(0, equals)));
      left_.remove_prefix(equals + 1);
      std::string value = read_value();
      if (is_name(name)) all.emplace_back(name, std::move(value));
    }
    return all;
  }

 private:
  void skip(std::string_view what) {
    left_.remove_prefix(std::min(left_.find_first_not_of(what), left_.size()));
  }
  char next() {
    const char c = left_.front();
    left_.remove_prefix(1);
    return c;
  }

  /// A backslash at its end takes the next line in, as systemd has it.
  void skip_comment() {
    while (!left_.empty() && left_.front() != '\n') {
      const bool escapes = left_.front() == '\\';
      left_.remove_prefix(std::min<std::size_t>(escapes ? 2 : 1, left_.size()));
    }
  }

  std::string read_value() {
    std::string value;
    std::size_t kept = 0;  // so much of it is not space at its end
    skip(" \t");
    while (!left_.empty() && left_.front() != '\n') {
      const char c = next();
      if (c == '\'' || c == '"') {
        read_quoted(c, value);
        kept = value.size();
      } else if (c == '\\') {
        if (!left_.empty()) {
          if (const char escaped = next(); escaped != '\n') value += escaped;
        }
        kept = value.size();
      } else {
        value += c;
        if (c != ' ' && c != '\t' && c != '\r') kept = value.size();
      }
    }
    value.resize(kept);
    return value;
  }

  void read_quoted(char quote, std::string& value) {
    while (!left_.empty()) {
      const char c = next();
      if (c == quote) return;
      if (c != '\\' || quote == '\'' || left_.empty()) {
        value += c;
        continue;
      }
      const char escaped = next();
      if (escaped == '\n') continue;
      if (kEscapable.find(escaped) == std::string_view::npos) value += c;
      value += escaped;
    }
  }

  std::string_view left_;
};

/// The files that the path of an EnvironmentFile= means: its last part may hold wildcards. Not by
/// glob(3), which drags name services into a static program.
std::vector<std::string> files_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string name = path.substr(slash + 1);
  if (slash == std::string::npos || name.find_first_of("*?[") == std::string::npos) return {path};
  std::vector<std::string> files;
  for (const std::string& other : list_directory(path.substr(0, slash))) {
    if (glob_match(name, other)) files.push_back(path.substr(0, slash + 1) + other);
  }
  return files;
}

}  // namespace

Environment shown_environment(std::string_view value) {
  Environment all;
  std::string word;
  char quote = 0;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char c = value[i];
    const bool last = i + 1 == value.size();
    if (c == '\\' && !last) {
      word += value[++i];
    } else if (quote != 0 ? c == quote : (c == '"' || c == '\'')) {
      quote = quote != 0 ? '\0' : c;
      // $'...' is how older versions quote.
      if (c == '\'' && quote != 0 && word.ends_with('$')) word.pop_back();
    } else if (c == ' ' && quote == 0) {
      add_assignment(all, word);
      word.clear();
    } else {
      word += c;
    }
  }
  add_assignment(all, word);
  return all;
}

Environment environment_file(std::string_view text) { return EnvironmentReader(text).all(); }

Environment unit_environment(std::string_view shown, const HostTree& tree) {
  constexpr std::string_view kDirect = "Environment=";
  constexpr std::string_view kFiles = "EnvironmentFiles=";
  Environment all;
  Environment from_files;
  for (const std::string& line : split(shown, '\n')) {
    if (line.starts_with(kDirect)) {
      all = shown_environment(std::string_view(line).substr(kDirect.size()));
    }
    if (!line.starts_with(kFiles)) continue;
    const std::string path = line.substr(kFiles.size(), line.rfind(" (") - kFiles.size());
    for (const std::string& file : files_of(tree.path(path))) {
      const auto text = read_file(file);
      if (!text) continue;
      Environment more = environment_file(*text);
      from_files.insert(from_files.end(), more.begin(), more.end());
    }
  }
  all.insert(all.end(), from_files.begin(), from_files.end());
  return all;
}

}  // namespace gannet::agent
