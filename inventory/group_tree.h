// Groups of hosts that contain groups, and whose settings win.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "inventory/host.h"

namespace gannet::inventory {

/// What hosts inherit: from `defaults`, from a group, or set at the host itself.
struct Inherited {
  SshSettings ssh;
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> vars;
  std::optional<std::string> state_dir;
  std::optional<bool> optional;
};

/// Lays `over` on top of `base`: labels and vars key by key, settings one by one.
void lay_over(Inherited& base, const Inherited& over);

struct Group {
  Inherited settings;
  std::vector<std::string> children;
  SourceLocation from;
};

/// The groups of one inventory. Complete before the first question; children exist.
class GroupTree {
 public:
  void add(const std::string& name, Group group);
  [[nodiscard]] bool has(const std::string& name) const { return groups_.contains(name); }
  [[nodiscard]] const std::map<std::string, Group>& groups() const { return groups_; }
  [[nodiscard]] std::vector<std::string> names() const;

  /// A way from a group back to itself ("a", "b", "a"), or empty when there is none.
  [[nodiscard]] std::vector<std::string> find_cycle() const;

  /// `direct` and all groups that contain them, in the order in which they are laid over each
  /// other: parents before children, else by name. Call only when there is no cycle.
  [[nodiscard]] std::vector<std::string> closure(const std::vector<std::string>& direct) const;

 private:
  [[nodiscard]] int depth(const std::string& name) const;

  std::map<std::string, Group> groups_;
  std::map<std::string, std::vector<std::string>> parents_;
  mutable std::map<std::string, int> depths_;
};

}  // namespace gannet::inventory
