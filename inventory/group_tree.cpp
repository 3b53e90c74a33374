#include "inventory/group_tree.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "inventory/ssh_settings.h"

namespace gannet::inventory {

void lay_over(Inherited& base, const Inherited& over) {
  SshSettings ssh = over.ssh;
  fill_unset(ssh, base.ssh);
  base.ssh = std::move(ssh);
  for (const auto& [key, value] : over.labels) base.labels[key] = value;
  for (const auto& [key, value] : over.vars) base.vars[key] = value;
  if (over.state_dir) base.state_dir = over.state_dir;
  if (over.optional) base.optional = over.optional;
}

void GroupTree::add(const std::string& name, Group group) {
  for (const std::string& child : group.children) parents_[child].push_back(name);
  groups_.emplace(name, std::move(group));
}

std::vector<std::string> GroupTree::names() const {
  std::vector<std::string> names;
  names.reserve(groups_.size());
  for (const auto& [name, group] : groups_) names.push_back(name);
  return names;
}

std::vector<std::string> GroupTree::find_cycle() const {
  // Kahn's order: what cannot be taken away lies on a cycle or above one.
  std::map<std::string, std::size_t> open;
  std::vector<std::string> ready;
  for (const auto& [name, group] : groups_) {
    open[name] = group.children.size();
    if (group.children.empty()) ready.push_back(name);
  }
  while (!ready.empty()) {
    const std::string name = std::move(ready.back());
    ready.pop_back();
    open.erase(name);
    const auto parents = parents_.find(name);
    if (parents == parents_.end()) continue;
    for (const std::string& parent : parents->second) {
      if (--open[parent] == 0) ready.push_back(parent);
    }
  }
  if (open.empty()) return {};
  // Every group that is left has a child that is left: following them comes back at some point.
  std::vector<std::string> way{open.begin()->first};
  for (;;) {
    const std::vector<std::string>& children = groups_.at(way.back()).children;
    const auto next = std::find_if(children.begin(), children.end(),
                                   [&](const std::string& child) { return open.contains(child); });
    const auto seen = std::find(way.begin(), way.end(), *next);
    if (seen != way.end()) {
      way.erase(way.begin(), seen);
      way.push_back(*next);
      return way;
    }
    way.push_back(*next);
  }
}

int GroupTree::depth(const std::string& name) const {
  if (const auto known = depths_.find(name); known != depths_.end()) return known->second;
  int depth_here = 0;
  if (const auto parents = parents_.find(name); parents != parents_.end()) {
    for (const std::string& parent : parents->second) {
      depth_here = std::max(depth_here, depth(parent) + 1);
    }
  }
  depths_[name] = depth_here;
  return depth_here;
}

std::vector<std::string> GroupTree::closure(const std::vector<std::string>& direct) const {
  std::set<std::string> all;
  std::vector<std::string> open = direct;
  while (!open.empty()) {
    const std::string name = std::move(open.back());
    open.pop_back();
    if (!all.insert(name).second) continue;
    const auto parents = parents_.find(name);
    if (parents != parents_.end()) {
      open.insert(open.end(), parents->second.begin(), parents->second.end());
    }
  }
  std::vector<std::string> ordered(all.begin(), all.end());
  std::sort(ordered.begin(), ordered.end(), [&](const std::string& a, const std::string& b) {
    return std::forward_as_tuple(depth(a), a) < std::forward_as_tuple(depth(b), b);
  });
  return ordered;
}

}  // namespace gannet::inventory
