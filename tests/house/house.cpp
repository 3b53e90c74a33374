#include "tests/house/house.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <sstream>

namespace gannet::house {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxHeaderLines = 150;
constexpr std::size_t kMaxSourceLines = 400;

/// What each room may include besides itself.
const std::map<std::string, std::set<std::string>, std::less<>>& arrows() {
  static const std::map<std::string, std::set<std::string>, std::less<>> kArrows{
      {"base", {}},
      {"protocol", {"base"}},
      {"agent", {"base", "protocol"}},
      {"inventory", {"base"}},
      {"playbooks", {"base", "inventory"}},
      {"controller", {"base", "protocol", "inventory", "playbooks"}},
      {"tests", {"base", "protocol", "agent", "inventory", "playbooks", "controller"}},
  };
  return kArrows;
}

/// A library (by the path of its headers) or a function, and where alone it may be used. Paths are
/// regular expressions over whole paths of files; tests are free.
struct Confinement {
  std::string name;
  std::regex what;
  std::regex allowed;
};

const std::vector<Confinement>& confinements() {
  const std::string outside_agent = "(controller|inventory|playbooks)/.*";
  static const std::vector<Confinement> kConfinements{
      {"libssh", std::regex("#include <libssh/"), std::regex("controller/ssh/.*")},
      {"yaml-cpp", std::regex("#include <yaml-cpp/"),
       std::regex("(inventory|playbooks)/(.*/)?(\\w*_yaml\\.cpp|yaml_\\w+\\.(h|cpp))")},
      {"CLI11", std::regex("#include <CLI(11\\.hpp|/)"), std::regex("controller/cli/.*")},
      {"SQLite", std::regex("#include <(SQLiteCpp/|sqlite3)"), std::regex("controller/results/.*")},
      {"cpp-httplib", std::regex("#include <httplib\\.h>"),
       std::regex("inventory/netbox_source\\.cpp|controller/serve/.*")},
      {"nlohmann json", std::regex("#include <nlohmann/"), std::regex(outside_agent)},
      {"Boost", std::regex("#include <boost/"), std::regex("controller/.*")},
      {"OpenSSL", std::regex("#include <openssl/"), std::regex(outside_agent)},
      // base/ and protocol/ are linked into the agent, too.
      {"<iostream>", std::regex("#include <iostream>"), std::regex(outside_agent)},
      {"<regex>", std::regex("#include <regex>"), std::regex(outside_agent)},
      {"a name service call, which a static glibc program must not make,",
       std::regex("\\b(getaddrinfo|gethostbyname\\w*|getnameinfo|getpw(nam|uid|ent)(_r)?|"
                  "getgr(nam|gid|ent)(_r)?|getgrouplist|initgroups|getserv\\w+)\\s*\\("),
       std::regex(outside_agent)},
      {"I/O", std::regex("#include <(fstream|filesystem|unistd\\.h|fcntl\\.h|sys/\\w+\\.h)>"),
       std::regex("(?!protocol/).*")},
  };
  return kConfinements;
}

std::string room_of(std::string_view path) { return std::string(path.substr(0, path.find('/'))); }

std::string at(const Source& source, const Line& line) {
  return source.path + ":" + std::to_string(line.number) + ": ";
}

/// A preprocessor line with its spaces as everybody writes them, its strings kept.
std::string directive(const std::string& line) {
  static const std::regex kInclude(R"re(^#\s*include\s*)re");
  return std::regex_replace(line.substr(0, line.find("//")), kInclude, "#include ");
}

/// The path of `#include "path"`.
std::optional<std::string> quoted_include(const std::string& code) {
  static const std::regex kInclude(R"re(^#include "([^"]*)")re");
  std::smatch match;
  if (!std::regex_search(code, match, kInclude)) return std::nullopt;
  return match[1].str();
}

/// Takes comments and the insides of strings out of a text, line by line.
class Stripper {
 public:
  std::string strip(std::string_view line) {
    const std::size_t first = line.find_first_not_of(" \t");
    if (!in_comment_ && first != std::string_view::npos && line[first] == '#') {
      return directive(std::string(line.substr(first)));
    }
    std::string code;
    char quote = '\0';
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string_view two = line.substr(i, 2);
      if (in_comment_) {
        if (two != "*/") continue;
        in_comment_ = false;
        ++i;
      } else if (quote != '\0') {
        if (line[i] == '\\') {
          ++i;
        } else if (line[i] == quote) {
          quote = '\0';
        }
      } else if (two == "//") {
        break;
      } else if (two == "/*") {
        in_comment_ = true;
        ++i;
      } else {
        const bool digit_separator = line[i] == '\'' && i > 0 && std::isxdigit(line[i - 1]) != 0;
        if ((line[i] == '"' || line[i] == '\'') && !digit_separator) quote = line[i];
        code += line[i];
      }
    }
    return code;
  }

 private:
  bool in_comment_ = false;
};

}  // namespace

Source parse(std::string path, std::string_view text) {
  Source source{std::move(path), {}};
  Stripper stripper;
  std::istringstream in{std::string(text)};
  for (std::string line; std::getline(in, line);) {
    source.lines.push_back({source.lines.size() + 1, stripper.strip(line)});
  }
  return source;
}

std::vector<Source> read_tree(const fs::path& root) {
  std::vector<Source> tree;
  for (const auto& [room, targets] : arrows()) {
    if (!fs::is_directory(root / room)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / room)) {
      const std::string extension = entry.path().extension().string();
      if (!entry.is_regular_file() || (extension != ".h" && extension != ".cpp")) continue;
      std::ostringstream text;
      text << std::ifstream(entry.path(), std::ios::binary).rdbuf();
      tree.push_back(parse(entry.path().lexically_relative(root).generic_string(), text.str()));
    }
  }
  std::sort(tree.begin(), tree.end(),
            [](const Source& a, const Source& b) { return a.path < b.path; });
  return tree;
}

std::vector<std::string> check_arrows(const std::vector<Source>& tree) {
  std::vector<std::string> wrong;
  for (const Source& source : tree) {
    const std::string room = room_of(source.path);
    const auto allowed = arrows().find(room);
    for (const Line& line : source.lines) {
      const auto include = quoted_include(line.code);
      if (!include) continue;
      const std::string target = room_of(*include);
      if (!arrows().contains(target)) {
        wrong.push_back(at(source, line) + "\"" + *include + "\" does not begin with a room");
      } else if (target != room && !allowed->second.contains(target)) {
        wrong.push_back(at(source, line) + room + "/ may not include " + *include);
      }
    }
  }
  return wrong;
}

std::vector<std::string> check_confinement(const std::vector<Source>& tree) {
  std::vector<std::string> wrong;
  for (const Source& source : tree) {
    if (room_of(source.path) == "tests") continue;
    for (const Confinement& rule : confinements()) {
      if (std::regex_match(source.path, rule.allowed)) continue;
      for (const Line& line : source.lines) {
        if (!std::regex_search(line.code, rule.what)) continue;
        wrong.push_back(at(source, line) + rule.name + " is not allowed in this file");
      }
    }
  }
  return wrong;
}

std::vector<std::string> check_sizes(const std::vector<Source>& tree) {
  std::vector<std::string> wrong;
  for (const Source& source : tree) {
    const std::size_t limit = source.path.ends_with(".h") ? kMaxHeaderLines : kMaxSourceLines;
    if (source.lines.size() <= limit) continue;
    wrong.push_back(source.path + ":" + std::to_string(source.lines.size()) + ": at most " +
                    std::to_string(limit) + " lines are allowed");
  }
  return wrong;
}

std::vector<std::string> check_frame_types(std::string_view frame_header,
                                           std::string_view document) {
  std::vector<std::string> wrong;
  const std::string header(frame_header);
  const std::string page(document);
  std::smatch body;
  const std::regex kEnum(R"re(enum class FrameType[^{]*\{([^}]*)\})re");
  if (!std::regex_search(header, body, kEnum)) return {"protocol/frame.h:1: no enum FrameType"};
  const std::string enumerators = body[1].str();
  const std::regex kEnumerator(R"re((k\w+) = (\d+))re");
  for (std::sregex_iterator it(enumerators.begin(), enumerators.end(), kEnumerator), end; it != end;
       ++it) {
    const std::string name = (*it)[1].str();
    const std::string number = (*it)[2].str();
    const std::regex kRow("\\n\\| " + number + " \\| `" + name + "` \\|");
    if (std::regex_search(page, kRow)) continue;
    wrong.push_back("docs/protocol.md:1: no table row for frame type " + number + ", " + name);
  }
  return wrong;
}

}  // namespace gannet::house
