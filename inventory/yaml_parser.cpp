// The only user of yaml-cpp: its events become YamlNodes. Its exceptions end here.
#include <algorithm>
#include <set>
#include <sstream>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "inventory/yaml_node.h"

namespace gannet::inventory {
namespace {

constexpr int kMaxCounted = 1'000;  // bytes

/// What is left when blanks, line ends and doubled single quotes do not count.
std::string without_blanks(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
    if (c == '\'' && out.ends_with('\'')) continue;
    out += c;
  }
  return out;
}

/// Thrown through yaml-cpp to stop it early; caught in parse_yaml().
struct Stop : std::runtime_error {
  explicit Stop(Problem problem_in) : std::runtime_error(""), problem(std::move(problem_in)) {}
  Problem problem;
};

class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(YamlDocument& document) : document_(document) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ > 1) {
      stop(mark, "a second document begins here", "remove the \"---\": one document per file");
    }
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    finish(open(mark, YamlNode::Kind::kNull, anchor));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end() || is_open(found->second)) {
      stop(mark, "this alias refers to something that contains it", "");
    }
    attach(found->second, mark);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    check_quote(mark, value);
    YamlNode* node = open(mark, YamlNode::Kind::kScalar, anchor);
    node->plain = tag == "?";
    if (node->plain && (value == "~" || value == "null" || value == "Null" || value == "NULL")) {
      node->kind = YamlNode::Kind::kNull;
    }
    node->text = value;
    finish(node);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    push(open(mark, YamlNode::Kind::kSequence, anchor));
  }
  void OnSequenceEnd() override { pop(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    push(open(mark, YamlNode::Kind::kMapping, anchor));
  }
  void OnMapEnd() override {
    merge(*stack_.back().node);
    pop();
  }

 private:
  struct Level {
    YamlNode* node;
    const YamlNode* key = nullptr;  ///< read, its value not yet
    std::set<std::string, std::less<>> keys;
    std::vector<const YamlNode*> merged;
  };

  [[noreturn]] void stop(const YAML::Mark& mark, std::string message, std::string hint) const {
    throw Stop(document_.problem(place(mark), std::move(message), "", std::move(hint)));
  }

  [[nodiscard]] SourceLocation place(const YAML::Mark& mark) const {
    const int line = std::max(mark.line, 0) + 1;
    // yaml-cpp counts bytes; people count characters. Not worth it far to the right, where a file
    // of one line would cost its length for every value.
    if (mark.column > kMaxCounted) return document_.place(line, mark.column + 1);
    const std::string_view text =
        document_.line(line).substr(0, static_cast<std::size_t>(std::max(mark.column, 0)));
    const auto is_start = [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; };
    const auto column = std::count_if(text.begin(), text.end(), is_start) + 1;
    return document_.place(line, static_cast<int>(column));
  }

  void check_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (tag.empty() || tag == "?" || tag == "!" || tag.starts_with("tag:yaml.org,2002:")) return;
    stop(mark, "the tag " + tag + " is not supported", "remove it");
  }

  /// yaml-cpp lets a quoted text end where the indentation does, and reads on as if it were closed.
  void check_quote(const YAML::Mark& mark, const std::string& value) const {
    const std::string_view raw = document_.quoted_at(mark.line + 1, mark.column);
    if (raw.empty()) return;
    const bool closed = raw.size() > 1 && raw.back() == raw.front();
    const std::string_view inner = raw.substr(1, raw.size() - (closed ? 2 : 1));
    if (closed && inner.find('\n') == std::string_view::npos) return;
    const bool escapes = raw.front() == '"' && inner.find('\\') != std::string_view::npos;
    if (closed && (escapes || without_blanks(inner) == without_blanks(value))) return;
    stop(mark, "this quote is not closed", "write the closing quote, and indent what it holds");
  }

  YamlNode* open(const YAML::Mark& mark, YamlNode::Kind kind, YAML::anchor_t anchor) {
    count(1, mark);
    YamlNode* node = document_.add_node();
    const SourceLocation at = place(mark);
    node->kind = kind;
    node->line = at.line;
    node->column = at.column;
    if (anchor != YAML::NullAnchor) anchors_[anchor] = node;
    return node;
  }

  void count(std::size_t nodes, const YAML::Mark& mark) {
    total_ += nodes;
    if (total_ > kMaxYamlNodes) {
      stop(mark, "the file holds more than " + std::to_string(kMaxYamlNodes) + " values",
           "aliases count with all they refer to; split the file");
    }
  }

  [[nodiscard]] bool is_open(const YamlNode* node) const {
    return std::any_of(stack_.begin(), stack_.end(),
                       [&](const Level& level) { return level.node == node; });
  }

  void push(YamlNode* node) {
    if (stack_.size() >= kMaxYamlDepth) {
      throw Stop(
          document_.problem(document_.place(*node),
                            "nested more than " + std::to_string(kMaxYamlDepth) + " levels deep"));
    }
    stack_.push_back(Level{node, nullptr, {}, {}});
  }

  void pop() {
    YamlNode* node = stack_.back().node;
    stack_.pop_back();
    finish(node);
  }

  void finish(YamlNode* node) {
    for (const YamlNode* item : node->items) node->weight += item->weight;
    for (const YamlEntry& entry : node->entries) node->weight += 1 + entry.value->weight;
    attach_finished(node);
  }

  void attach(const YamlNode* node, const YAML::Mark& mark) {
    count(node->weight, mark);
    attach_finished(node);
  }

  void attach_finished(const YamlNode* node) {
    if (stack_.empty()) {
      document_.set_root(node);
      return;
    }
    Level& level = stack_.back();
    if (level.node->kind == YamlNode::Kind::kSequence) {
      level.node->items.push_back(node);
    } else if (level.key == nullptr) {
      add_key(level, node);
    } else {
      add_value(level, node);
    }
  }

  void add_key(Level& level, const YamlNode* key) {
    if (key->kind != YamlNode::Kind::kScalar && key->kind != YamlNode::Kind::kNull) {
      throw Stop(document_.problem(document_.place(*key), "a key has to be text"));
    }
    level.key = key;
  }

  void add_value(Level& level, const YamlNode* value) {
    const YamlNode* key = std::exchange(level.key, nullptr);
    if (key->text == "<<" && key->plain) {
      add_merge(level, *key, *value);
    } else if (level.keys.insert(key->text).second) {
      level.node->entries.push_back(YamlEntry{key, value});
    } else {
      document_.add_problem(
          document_.problem(
              document_.place(*key), "the key \"" + key->text + "\" is here twice", "",
              "remove one; the first is in line " + std::to_string(first_line(level, key->text))),
          "GN-YAML-002");
    }
  }

  static int first_line(const Level& level, const std::string& key) {
    for (const YamlEntry& entry : level.node->entries) {
      if (entry.key->text == key) return entry.key->line;
    }
    return 0;
  }

  void add_merge(Level& level, const YamlNode& key, const YamlNode& value) {
    if (value.kind == YamlNode::Kind::kMapping) {
      level.merged.push_back(&value);
      return;
    }
    for (const YamlNode* item : value.items) {
      if (item->kind == YamlNode::Kind::kMapping) level.merged.push_back(item);
    }
    if (value.kind != YamlNode::Kind::kSequence || level.merged.empty()) {
      document_.add_problem(document_.problem(document_.place(key), "\"<<\" needs a mapping", "",
                                              "write <<: *anchor, where the anchor is a mapping"),
                            "GN-YAML-001");
    }
  }

  /// What is written in the mapping itself wins over what is merged, an earlier merge over a later.
  void merge(YamlNode& node) {
    Level& level = stack_.back();
    for (const YamlNode* source : level.merged) {
      for (const YamlEntry& entry : source->entries) {
        if (level.keys.insert(entry.key->text).second) node.entries.push_back(entry);
      }
    }
  }

  YamlDocument& document_;
  std::vector<Level> stack_;
  std::unordered_map<YAML::anchor_t, YamlNode*> anchors_;
  std::size_t total_ = 0;
  int documents_ = 0;
};

/// The line nearest to where yaml-cpp gave up that is indented with a tab, or 0.
int tab_line(const YamlDocument& document, int near) {
  for (const int line : {near, near + 1, near - 1}) {
    const std::string_view text = document.line(line);
    const auto first = text.find_first_not_of(" \t");
    if (text.substr(0, first).find('\t') != std::string_view::npos) return line;
  }
  return 0;
}

Problem syntax_problem(const YamlDocument& document, const YAML::Exception& error) {
  const int line = std::max(error.mark.line, 0) + 1;
  if (const int tab = tab_line(document, line); tab != 0) {
    const auto column = static_cast<int>(document.line(tab).find('\t')) + 1;
    return document.problem(document.place(tab, column), "a tab in the indentation",
                            "YAML wants spaces", "indent with spaces only");
  }
  const std::string what = error.msg == YAML::ErrorMsg::BAD_FILE ? "nested too deep" : error.msg;
  return document.problem(document.place(line, std::max(error.mark.column, 0) + 1),
                          "this is not valid YAML: " + what, "",
                          "look at quotes, brackets and indentation here and in the line above");
}

}  // namespace

YamlResult parse_yaml(std::string file, std::string text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  auto document = std::make_unique<YamlDocument>(std::move(file), std::move(text));
  std::vector<Problem> problems;
  if (const auto bad = find_bad_byte(document->text())) {
    const std::string_view before = std::string_view(document->text()).substr(0, bad->offset);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const auto start = before.rfind('\n') + 1;  // npos + 1 is 0
    problems.push_back(document->problem(
        document->place(static_cast<int>(line), static_cast<int>(bad->offset - start) + 1),
        bad->message, "", "save the file as UTF-8 text"));
    give_rule(problems, "GN-YAML-003");
    return tl::unexpected(std::move(problems));
  }
  TreeBuilder builder(*document);
  try {
    std::istringstream in(document->text());
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop& stop) {
    problems.push_back(stop.problem);
  } catch (const YAML::Exception& error) {
    problems.push_back(syntax_problem(*document, error));
  }
  give_rule(problems, "GN-YAML-001");
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return document;
}

YamlResult read_yaml(const std::filesystem::path& file) {
  auto text = read_text_file(file, kMaxYamlBytes);
  if (!text) return tl::unexpected(std::vector<Problem>{std::move(text.error())});
  return parse_yaml(file.string(), std::move(*text));
}

}  // namespace gannet::inventory
