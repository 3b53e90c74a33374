#include "agent/services/caddy_imports.h"

#include <algorithm>

#include "base/text.h"

namespace gannet::agent {
namespace {

/// "/etc/caddy" of "/etc/caddy/Caddyfile"; empty for one in the root.
std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// The words of a line up to a comment, without quotes.
std::vector<std::string> caddyfile_words(std::string_view line) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < line.size();) {
    if (line[at] == ' ' || line[at] == '\t' || line[at] == '\r') {
      ++at;
      continue;
    }
    if (line[at] == '#') break;
    const bool quoted = line[at] == '"' || line[at] == '`';
    const std::size_t begin = quoted ? at + 1 : at;
    std::size_t end = quoted ? line.find(line[at], begin) : line.find_first_of(" \t\r", begin);
    end = std::min(end, line.size());
    words.emplace_back(line.substr(begin, end - begin));
    at = end + (quoted ? 1 : 0);
  }
  return words;
}

}  // namespace

std::vector<std::string> top_level_imports(std::string_view caddyfile) {
  std::vector<std::string> patterns;
  std::size_t depth = 0;
  for (const std::string& line : split(caddyfile, '\n')) {
    const auto words = caddyfile_words(line);
    if (depth == 0 && words.size() >= 2 && words[0] == "import") patterns.push_back(words[1]);
    for (const std::string& word : words) {
      // "{$PORT}" and "{path}" are placeholders; a block begins with a brace at a word's end.
      if (word == "}" && depth > 0) --depth;
      if (word.ends_with('{')) ++depth;
    }
  }
  return patterns;
}

bool imports(std::string_view pattern, std::string_view config, std::string_view site) {
  std::string full(pattern);
  if (full.starts_with("./")) full.erase(0, 2);
  if (!full.starts_with('/')) full = std::string(folder_of(config)) + "/" + full;
  const auto wanted = split(full, '/');
  const auto there = split(site, '/');
  if (wanted.size() != there.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!glob_match(wanted[i], there[i])) return false;
  }
  return !name_of(site).starts_with('.') || name_of(full).starts_with('.');
}

std::string import_line(std::string_view config, std::string_view site) {
  std::string folder(folder_of(site));
  const std::string base = std::string(folder_of(config)) + "/";
  if (folder.starts_with(base)) folder.erase(0, base.size());
  const std::string_view name = name_of(site);
  const std::size_t dot = name.rfind('.');
  const std::string ending(dot == std::string_view::npos ? std::string_view() : name.substr(dot));
  return "import " + folder + "/*" + ending;
}

}  // namespace gannet::agent
