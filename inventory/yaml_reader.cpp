#include "inventory/yaml_reader.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/text.h"

namespace gannet::inventory {
namespace {

std::string number_text(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

}  // namespace

void YamlContext::add(const YamlNode& node, std::string message, std::string note, std::string hint,
                      std::string_view rule) const {
  problems.push_back(
      document.problem(document.place(node), std::move(message), std::move(note), std::move(hint)));
  problems.back().rule = rule;
}

MapReader::MapReader(const YamlContext& context, const YamlNode& node, std::string what)
    : context_(context), node_(node), what_(std::move(what)) {
  valid_ = node.kind == YamlNode::Kind::kMapping || node.kind == YamlNode::Kind::kNull;
  if (!valid_) {
    context_.add(
        node, what_ + " has to be a mapping (key: value), not " + std::string(to_string(node.kind)),
        "", "", "GN-CONF-003");
  }
}

const YamlNode* MapReader::get(std::string_view key) {
  if (std::find(known_.begin(), known_.end(), key) == known_.end()) known_.emplace_back(key);
  const YamlNode* value = node_.find(key);
  return value == nullptr || value->kind == YamlNode::Kind::kNull ? nullptr : value;
}

const YamlNode* MapReader::require(std::string_view key) {
  const YamlNode* value = get(key);
  if (value == nullptr && valid_) {
    const std::string state = has(key) ? " is empty in " : " is missing in ";
    context_.add(has(key) ? key_node(key) : node_, "the key " + in_quotes(key) + state + what_, "",
                 "", "GN-CONF-004");
  }
  return value;
}

bool MapReader::has(std::string_view key) const { return node_.find(key) != nullptr; }

const YamlNode& MapReader::key_node(std::string_view key) const {
  for (const YamlEntry& entry : node_.entries) {
    if (entry.key->text == key) return *entry.key;
  }
  return node_;
}

void MapReader::add(std::string_view key, std::string message, std::string note,
                    std::string hint) const {
  const YamlNode* value = node_.find(key);
  const bool shown = value != nullptr && value->kind != YamlNode::Kind::kNull;
  context_.add(shown ? *value : key_node(key), std::move(message), std::move(note),
               std::move(hint));
}

const YamlNode* MapReader::scalar(std::string_view key) {
  const YamlNode* value = get(key);
  if (value == nullptr) return nullptr;
  return is_text(context_, *value, in_quotes(key) + " in " + what_) ? value : nullptr;
}

std::optional<std::string> MapReader::text(std::string_view key) {
  const YamlNode* value = scalar(key);
  if (value == nullptr) return std::nullopt;
  if (value->text.empty()) {
    add(key, in_quotes(key) + " in " + what_ + " is empty");
    return std::nullopt;
  }
  return value->text;
}

std::optional<bool> MapReader::boolean(std::string_view key) {
  const YamlNode* value = scalar(key);
  if (value == nullptr) return std::nullopt;
  if (value->plain && (value->text == "true" || value->text == "false")) {
    return value->text == "true";
  }
  add(key,
      in_quotes(key) + " in " + what_ + " has to be true or false, not " + in_quotes(value->text));
  return std::nullopt;
}

std::optional<std::int64_t> MapReader::number(std::string_view key, std::int64_t min,
                                              std::int64_t max) {
  const YamlNode* value = scalar(key);
  if (value == nullptr) return std::nullopt;
  std::int64_t number = 0;
  const char* end = value->text.data() + value->text.size();
  const auto [stop, ec] = std::from_chars(value->text.data(), end, number);
  if (ec == std::errc() && stop == end && number >= min && number <= max) return number;
  add(key, in_quotes(key) + " in " + what_ + " has to be a whole number from " +
               std::to_string(min) + " to " + std::to_string(max) + ", not " +
               in_quotes(value->text));
  return std::nullopt;
}

std::optional<double> MapReader::decimal(std::string_view key, double min, double max) {
  const YamlNode* value = scalar(key);
  if (value == nullptr) return std::nullopt;
  double number = 0;
  const char* end = value->text.data() + value->text.size();
  const auto [stop, ec] = std::from_chars(value->text.data(), end, number);
  const bool whole = ec == std::errc() && stop == end && std::isfinite(number);
  if (whole && number >= min && number <= max) return number;
  add(key, in_quotes(key) + " in " + what_ + " has to be a number from " + number_text(min) +
               " to " + number_text(max) + ", not " + in_quotes(value->text));
  return std::nullopt;
}

std::optional<std::chrono::milliseconds> MapReader::duration(std::string_view key) {
  const YamlNode* value = scalar(key);
  if (value == nullptr) return std::nullopt;
  if (auto parsed = parse_duration(value->text)) return *parsed;
  add(key, in_quotes(key) + " in " + what_ + " is not a duration: " + in_quotes(value->text), "",
      "write a number with a unit: 500ms, 5s, 2m, 1h or 1m30s");
  return std::nullopt;
}

std::optional<std::uint64_t> MapReader::size(std::string_view key) {
  const YamlNode* value = scalar(key);
  if (value == nullptr) return std::nullopt;
  if (auto parsed = parse_size(value->text)) return *parsed;
  add(key, in_quotes(key) + " in " + what_ + " is not a size: " + in_quotes(value->text), "",
      "write a number of bytes with or without a unit: 512, 64K, 500MB, 1.5GiB");
  return std::nullopt;
}

std::optional<std::string> MapReader::choice(std::string_view key,
                                             const std::vector<std::string>& allowed) {
  const YamlNode* value = scalar(key);
  if (value == nullptr) return std::nullopt;
  if (std::find(allowed.begin(), allowed.end(), value->text) != allowed.end()) return value->text;
  add(key,
      in_quotes(key) + " in " + what_ + " has to be one of " + join(allowed, ", ") + ", not " +
          in_quotes(value->text),
      did_you_mean(value->text, allowed));
  return std::nullopt;
}

std::vector<const YamlNode*> MapReader::texts(std::string_view key) {
  const YamlNode* value = get(key);
  if (value == nullptr) return {};
  std::vector<const YamlNode*> found;
  const std::string name = in_quotes(key) + " in " + what_;
  if (value->kind == YamlNode::Kind::kSequence) {
    for (const YamlNode* item : value->items) {
      if (is_text(context_, *item, "an element of " + name)) found.push_back(item);
    }
  } else if (value->kind == YamlNode::Kind::kMapping) {
    context_.add(*value, name + " has to be text or a list of texts, not a mapping", "", "",
                 "GN-CONF-003");
  } else {
    found.push_back(value);
  }
  std::erase_if(found, [&](const YamlNode* item) {
    if (item->text.empty()) context_.add(*item, name + " holds an empty text");
    return item->text.empty();
  });
  return found;
}

void MapReader::finish(std::string_view ignored_prefix) {
  for (const YamlEntry& entry : node_.entries) {
    const std::string& key = entry.key->text;
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
    if (!ignored_prefix.empty() && key.starts_with(ignored_prefix)) continue;
    const std::string note = did_you_mean(key, known_);
    context_.add(*entry.key, "unknown key " + in_quotes(key) + " in " + what_, note,
                 note.empty() ? "known keys: " + join(known_, ", ") : "", "GN-CONF-002");
  }
}

bool is_text(const YamlContext& context, const YamlNode& node, const std::string& what) {
  if (node.kind == YamlNode::Kind::kScalar) return true;
  context.add(node, what + " has to be text, not " + std::string(to_string(node.kind)), "", "",
              "GN-CONF-003");
  return false;
}

std::vector<std::pair<const YamlNode*, std::string>> read_text_map(const YamlContext& context,
                                                                   const YamlNode* node,
                                                                   const std::string& what) {
  std::vector<std::pair<const YamlNode*, std::string>> found;
  if (node == nullptr) return found;
  const MapReader reader(context, *node, what);
  for (const YamlEntry& entry : node->entries) {
    const std::string& key = entry.key->text;
    if (!is_name(key)) {
      context.add(*entry.key, in_quotes(key) + " cannot be a name in " + what, "",
                  "use letters, digits, \"_\", \"-\" and \".\", a letter, digit or \"_\" first");
    } else if (is_text(context, *entry.value, in_quotes(key) + " in " + what)) {
      found.emplace_back(entry.key, entry.value->text);
    }
  }
  return found;
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= 253 && is_word(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return is_word(c) || c == '.' || c == '-'; });
}

}  // namespace gannet::inventory
