// Checks and health gates of gannet.yaml. Reference: docs/checks.md.
#include <algorithm>
#include <array>
#include <utility>

#include "base/text.h"
#include "playbooks/check_rules.h"
#include "playbooks/spec_reader.h"

namespace gannet::playbooks {
namespace {

using inventory::MapReader;
using inventory::YamlContext;
using inventory::YamlNode;

/// What may stand beside the type, and what the value after the type is.
struct TypeRule {
  CheckType type;
  enum class Value { kTrue, kPath, kPort, kText } value;
  std::string_view keys;   ///< blank-separated
  std::string_view needs;  ///< one of these has to be there; blank-separated
};

constexpr std::array<TypeRule, 15> kRules{{
    {CheckType::kDisk, TypeRule::Value::kText, "min_free min_inodes", "min_free min_inodes"},
    {CheckType::kMemory, TypeRule::Value::kTrue, "min_free", "min_free"},
    {CheckType::kLoad, TypeRule::Value::kTrue, "max", "max"},
    {CheckType::kTemperature, TypeRule::Value::kTrue, "max", "max"},
    {CheckType::kThrottling, TypeRule::Value::kTrue, "", ""},
    {CheckType::kClock, TypeRule::Value::kTrue, "max", "max"},
    {CheckType::kPortFree, TypeRule::Value::kPort, "owner", ""},
    {CheckType::kPortOpen, TypeRule::Value::kPort, "owner", ""},
    {CheckType::kUnit, TypeRule::Value::kText, "", ""},
    {CheckType::kHttp, TypeRule::Value::kText, "expect contains", ""},
    {CheckType::kTcp, TypeRule::Value::kText, "", ""},
    {CheckType::kFile, TypeRule::Value::kText, "contains", ""},
    {CheckType::kProcess, TypeRule::Value::kText, "", ""},
    {CheckType::kCommand, TypeRule::Value::kText, "expect", ""},
    {CheckType::kWritable, TypeRule::Value::kText, "", ""},
}};

std::vector<std::string> type_names() {
  std::vector<std::string> names;
  names.reserve(kRules.size());
  for (const TypeRule& rule : kRules) names.emplace_back(to_string(rule.type));
  return names;
}

bool allows(std::string_view keys, std::string_view key) {
  const std::vector<std::string> words = split(keys, ' ');
  return std::find(words.begin(), words.end(), key) != words.end();
}

/// Where a check stands: in a health gate some keys speak about the gate.
struct GateValues {
  std::optional<std::chrono::milliseconds> stable_for, timeout;
};

class CheckReader {
 public:
  CheckReader(const YamlContext& context, const YamlNode& node, GateValues* gate)
      : context_(context), gate_(gate), reader_(context, node, "the check") {}

  std::optional<CheckSpec> read() {
    const TypeRule* rule = find_rule();
    if (rule == nullptr) return std::nullopt;
    const std::size_t problems_before = context_.problems.size();
    check_.type = rule->type;
    const std::string key(to_string(rule->type));
    reader_.rename("the " + key + " check");
    read_value(*rule, key);
    read_details(*rule);
    read_common();
    reader_.finish();
    if (problems_before == context_.problems.size()) settle(key);
    check_.name = reader_.text("name").value_or(default_name(check_));
    return std::move(check_);
  }

 private:
  const TypeRule* find_rule() {
    if (!reader_.valid()) return nullptr;
    const TypeRule* found = nullptr;
    for (const TypeRule& rule : kRules) {
      const std::string_view key = to_string(rule.type);
      if (!reader_.has(key)) continue;
      if (found != nullptr) {
        reader_.add(key,
                    "one check cannot be both " + std::string(to_string(found->type)) + " and " +
                        std::string(key),
                    "", "make two elements of the list");
        return nullptr;
      }
      found = &rule;
    }
    if (found == nullptr) complain_about_type();
    return found;
  }

  void complain_about_type() {
    const std::vector<std::string> names = type_names();
    for (const auto& entry : reader_.node().entries) {
      const std::string note = inventory::did_you_mean(entry.key->text, names);
      if (note.empty()) continue;
      context_.add(*entry.key, "unknown check " + inventory::in_quotes(entry.key->text), note);
      return;
    }
    context_.add(reader_.node(), "this check has no type", "", "write one of " + join(names, ", "));
  }

  void read_value(const TypeRule& rule, const std::string& key) {
    const YamlNode* value = reader_.require(key);
    if (value == nullptr) return;
    check_.from = context_.place(*value);
    if (rule.value == TypeRule::Value::kTrue) {
      if (reader_.boolean(key) == false) {
        reader_.add(key, "\"" + key + ": false\" checks nothing", "", "remove the check");
      }
      return;
    }
    const auto text = reader_.text(key);
    if (!text) return;
    const bool later = rule.value == TypeRule::Value::kPort || rule.type == CheckType::kTcp;
    (later ? check_.unresolved : check_.target) = *text;
  }

  void read_details(const TypeRule& rule) {
    const auto has = [&](std::string_view key) { return allows(rule.keys, key); };
    if (has("min_free")) check_.min_bytes = reader_.size("min_free").value_or(0);
    if (has("min_inodes")) {
      constexpr std::int64_t kMost = 1'000'000'000'000;
      check_.min_inodes =
          static_cast<std::uint64_t>(reader_.number("min_inodes", 1, kMost).value_or(0));
    }
    if (has("max")) read_max();
    if (has("owner")) check_.target = reader_.text("owner").value_or("");
    if (has("contains")) check_.pattern = reader_.text("contains").value_or("");
    if (has("expect")) {
      const bool http = rule.type == CheckType::kHttp;
      check_.expect = reader_.number("expect", http ? 100 : 0, http ? 599 : 255);
    }
    need_one(rule);
  }

  void read_max() {
    if (check_.type == CheckType::kClock) {
      const auto max = read_wait(reader_, "max");
      if (max) check_.max = static_cast<double>(max->count()) / 1'000.0;
      return;
    }
    const double most = check_.type == CheckType::kLoad ? 1'000 : 150;
    check_.max = reader_.decimal("max", 0, most).value_or(0);
  }

  void need_one(const TypeRule& rule) {
    if (rule.needs.empty()) return;
    const std::vector<std::string> keys = split(rule.needs, ' ');
    const bool there = std::any_of(keys.begin(), keys.end(),
                                   [&](const std::string& key) { return reader_.has(key); });
    if (there) return;
    context_.add(reader_.node(), reader_.what() + " has no limit", "", "add " + join(keys, " or "));
  }

  void read_common() {
    reader_.get("name");
    const bool gate = gate_ != nullptr;
    if (const auto timeout = read_wait(reader_, gate ? "attempt_timeout" : "timeout")) {
      check_.timeout = *timeout;
      if (timeout->count() == 0)
        reader_.add(gate ? "attempt_timeout" : "timeout", "zero is no time");
    }
    check_.warn_only = reader_.boolean("warn_only").value_or(false);
    if (const auto severity = reader_.choice("severity", {"fail", "warn"})) {
      check_.warn_only = *severity == "warn";
    }
    if (!gate) return;
    gate_->stable_for = std::max(gate_->stable_for, read_wait(reader_, "stable_for"));
    gate_->timeout = std::max(gate_->timeout, read_wait(reader_, "timeout"));
  }

  /// What is known already is judged now, with its line; the rest when it is rendered.
  void settle(const std::string& key) {
    if (has_placeholder(check_.target) || has_placeholder(check_.unresolved)) return;
    if (auto settled = settle_target(check_); !settled) {
      reader_.add(key, reader_.what() + ": " + settled.error().context, "", settled.error().hint);
    }
  }

  const YamlContext& context_;
  GateValues* gate_;
  MapReader reader_;
  CheckSpec check_;
};

std::vector<CheckSpec> read_list(const YamlContext& context, const YamlNode& node,
                                 const std::string& key, GateValues* gate) {
  std::vector<CheckSpec> checks;
  if (node.kind != YamlNode::Kind::kSequence) {
    context.add(
        node,
        "\"" + key + "\" has to be a list of checks, not " + std::string(to_string(node.kind)), "",
        "begin each check with \"- \"");
    return checks;
  }
  for (const YamlNode* item : node.items) {
    if (auto check = CheckReader(context, *item, gate).read()) checks.push_back(std::move(*check));
  }
  return checks;
}

}  // namespace

bool has_placeholder(std::string_view text) {
  return text.find("${") != std::string_view::npos || text.find("{{") != std::string_view::npos;
}

std::optional<std::chrono::milliseconds> read_wait(MapReader& reader, std::string_view key) {
  const auto wait = reader.duration(key);
  if (!wait || *wait <= kMaxWait) return wait;
  reader.add(key, "\"" + std::string(key) + "\" in " + reader.what() + " is longer than a day");
  return std::nullopt;
}

std::vector<CheckSpec> read_checks(const YamlContext& context, const YamlNode* node) {
  return node == nullptr ? std::vector<CheckSpec>{} : read_list(context, *node, "checks", nullptr);
}

HealthSpec read_health(const YamlContext& context, const YamlNode* node) {
  HealthSpec health;
  if (node == nullptr) return health;
  GateValues gate;
  if (node->kind == YamlNode::Kind::kMapping) {
    MapReader reader(context, *node, "health");
    gate.stable_for = read_wait(reader, "stable_for");
    gate.timeout = read_wait(reader, "timeout");
    if (const YamlNode* list = reader.require("checks")) {
      health.checks = read_list(context, *list, "checks", &gate);
    }
    reader.finish();
  } else {
    health.checks = read_list(context, *node, "health", &gate);
  }
  health.stable_for = gate.stable_for.value_or(health.stable_for);
  health.timeout = gate.timeout.value_or(std::max(health.timeout, 2 * health.stable_for));
  if (health.timeout < health.stable_for) {
    context.add(*node,
                "health can never pass: timeout (" + format_duration(health.timeout) +
                    ") is shorter than stable_for (" + format_duration(health.stable_for) + ")",
                "", "raise timeout or lower stable_for");
  }
  return health;
}

}  // namespace gannet::playbooks
