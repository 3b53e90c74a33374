#include "inventory/inventory.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "inventory/natural_order.h"
#include "inventory/problem.h"

namespace gannet::inventory {
namespace {

std::string counted(std::size_t hosts) {
  return std::to_string(hosts) + (hosts == 1 ? " host" : " hosts");
}

/// All names of one kind that the hosts have.
std::vector<std::string> known_names(const std::vector<Host>& hosts, SelectorName::Kind kind) {
  std::set<std::string> names;
  for (const Host& host : hosts) {
    switch (kind) {
      case SelectorName::Kind::kLabel:
        for (const auto& [key, value] : host.labels) names.insert(key);
        break;
      case SelectorName::Kind::kGroup:
        names.insert(host.groups.begin(), host.groups.end());
        break;
      case SelectorName::Kind::kHost:
        names.insert(host.name);
        break;
    }
  }
  return {names.begin(), names.end()};
}

std::string unknown_text(const SelectorName& name) {
  switch (name.kind) {
    case SelectorName::Kind::kLabel:
      return "no host has the label \"" + name.text + "\"";
    case SelectorName::Kind::kGroup:
      return "no host is in a group \"" + name.text + "\"";
    case SelectorName::Kind::kHost:
      return "there is no host \"" + name.text + "\"";
  }
  return "";
}

Error unknown_name(const Selector& selector, const SelectorName& name,
                   const std::vector<std::string>& known) {
  std::string context = "selector: " + with_caret(selector.text(), name.offset, unknown_text(name));
  const std::string note = did_you_mean(name.text, known);
  if (!note.empty()) context += " " + note;
  std::string hint;
  if (note.empty()) {
    hint = known.size() > 20 ? "gannet inventory list shows what there is"
           : known.empty()   ? "the inventory has none"
                             : "known: " + join(known, ", ");
  }
  return Error{Code::kInvalidInput, std::move(context), std::move(hint)};
}

}  // namespace

bool natural_less(std::string_view a, std::string_view b) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < a.size() && j < b.size()) {
    if (!is_digit(a[i]) || !is_digit(b[j])) {
      if (a[i] != b[j]) return a[i] < b[j];
      ++i;
      ++j;
      continue;
    }
    const auto run = [&](std::string_view text, std::size_t& at) {
      while (at < text.size() && text[at] == '0') ++at;
      const std::size_t start = at;
      while (at < text.size() && is_digit(text[at])) ++at;
      return text.substr(start, at - start);
    };
    const std::string_view x = run(a, i);
    const std::string_view y = run(b, j);
    if (x.size() != y.size()) return x.size() < y.size();
    if (x != y) return x < y;
  }
  if ((i < a.size()) != (j < b.size())) return j < b.size();
  return a < b;  // pi-2 and pi-02: any fixed order
}

Result<Inventory> Inventory::from_hosts(std::vector<Host> hosts) {
  std::sort(hosts.begin(), hosts.end(),
            [](const Host& a, const Host& b) { return natural_less(a.name, b.name); });
  for (std::size_t i = 1; i < hosts.size(); ++i) {
    if (hosts[i].name != hosts[i - 1].name) continue;
    return fail(Code::kInvalidInput,
                to_string(hosts[i].from) + ": the host \"" + hosts[i].name +
                    "\" is defined twice; the other is at " + to_string(hosts[i - 1].from),
                "rename one of them or remove it");
  }
  Inventory inventory;
  inventory.hosts_ = std::move(hosts);
  return inventory;
}

const Host* Inventory::find(std::string_view name) const {
  const auto found = std::find_if(hosts_.begin(), hosts_.end(),
                                  [&](const Host& host) { return host.name == name; });
  return found == hosts_.end() ? nullptr : &*found;
}

Result<> Inventory::check_names(const Selector& selector) const {
  for (const SelectorName& name : selector.names()) {
    const std::vector<std::string> known = known_names(hosts_, name.kind);
    if (std::find(known.begin(), known.end(), name.text) != known.end()) continue;
    return fail(unknown_name(selector, name, known));
  }
  return {};
}

Result<std::vector<Host>> Inventory::select(const Selector& selector) const {
  if (hosts_.empty()) {
    return fail(Code::kInvalidInput, "the inventory has no hosts", "add some under \"hosts:\"");
  }
  TRY_VOID(check_names(selector));
  std::vector<Host> selected;
  std::copy_if(hosts_.begin(), hosts_.end(), std::back_inserter(selected),
               [&](const Host& host) { return selector.matches(host); });
  if (selected.empty()) {
    return fail(
        Code::kInvalidInput,
        "the selector \"" + selector.text() + "\" selects none of " + counted(hosts_.size()),
        "gannet inventory list shows the hosts with their labels");
  }
  return selected;
}

}  // namespace gannet::inventory
