#include "playbooks/validate/compose_service_rules.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "playbooks/validate/rules.h"

namespace gannet::playbooks {
namespace {

using inventory::in_quotes;
using inventory::Problem;

constexpr std::string_view kDigits = "0123456789";

/// As Compose reads durations: "1m30s", "1.5h", "2d"; a number needs its unit, but for 0.
bool is_compose_duration(std::string_view text) {
  static constexpr std::array<std::string_view, 9> kUnits{"ns", "us", "\u00b5s", "ms", "s",
                                                          "m",  "h",  "d",       "w"};
  if (text == "0") return true;
  if (text.empty()) return false;
  while (!text.empty()) {
    const std::size_t number = text.find_first_not_of("0123456789.");
    if (number == 0 || number == std::string_view::npos) return false;
    if (text.substr(0, number).find_first_of(kDigits) == std::string_view::npos) return false;
    text.remove_prefix(number);
    const std::string_view unit = text.substr(0, text.find_first_of("0123456789."));
    if (std::ranges::find(kUnits, unit) == kUnits.end()) return false;
    text.remove_prefix(unit.size());
  }
  return true;
}

bool is_restart_policy(std::string_view text) {
  if (text == "no" || text == "always" || text == "unless-stopped") return true;
  constexpr std::string_view kOnFailure = "on-failure";
  if (!text.starts_with(kOnFailure)) return false;
  text.remove_prefix(kOnFailure.size());
  if (text.empty()) return true;
  return text.front() == ':' && text.size() > 1 &&
         text.substr(1).find_first_not_of(kDigits) == std::string_view::npos;
}

/// "/data" of "/data/".
std::string_view without_end_slash(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path;
}

class ServiceChecker {
 public:
  explicit ServiceChecker(const ComposeModel& model) : model_(model) {}

  std::vector<Problem> run() {
    for (const ComposeEntry& service : model_.services) {
      check_name(service);
      check_targets(service);
      check_health(service);
      check_restart(service);
      for (const ComposeDependency& one : service.depends_on) check_healthy(service, one);
    }
    return std::move(problems_);
  }

 private:
  Problem& add(std::string_view rule, const PlacedText& where, std::string message,
               std::string hint) {
    problems_.push_back(finding(rule, where.from, std::move(message), std::move(hint)));
    return problems_.back();
  }

  void check_name(const ComposeEntry& service) {
    const PlacedText& name = service.container_name;
    if (!name.given() || !model_.is_active(service)) return;
    const auto [there, fresh] = names_.emplace(name.value, service.name);
    if (!fresh) {
      add("GN-NAME-001", name,
          "container name " + in_quotes(printable(name.value)) + " is taken by service " +
              in_quotes(there->second) + ", too",
          "leave \"container_name\" out: Compose makes names that do not clash");
    }
    if (service.replicas > 1) {
      add("GN-NAME-002", name,
          "service " + in_quotes(service.name) + " has " + std::to_string(service.replicas) +
              " replicas, which cannot all be called " + in_quotes(printable(name.value)),
          "remove \"container_name\", or run one replica");
    }
  }

  void check_targets(const ComposeEntry& service) {
    std::set<std::string_view> taken;
    for (const ComposeMount& mount : service.mounts) {
      if (mount.target.empty() || taken.insert(without_end_slash(mount.target)).second) continue;
      add("GN-VOL-005", mount.written,
          "service " + in_quotes(service.name) + " mounts two things at " +
              in_quotes(printable(mount.target)),
          "give one of them another folder in the container");
    }
  }

  void check_health(const ComposeEntry& service) {
    const PlacedText& form = service.health.form;
    if (form.given() && form.value != "CMD" && form.value != "CMD-SHELL" && form.value != "NONE") {
      add("GN-HEALTH-002", form,
          "the test of a healthcheck begins with " + in_quotes(printable(form.value)) +
              ", not with CMD or CMD-SHELL",
          "write [\"CMD\", " + in_quotes(printable(form.value)) + ", ...]");
    }
    for (const PlacedText& one : service.health.durations) {
      if (is_compose_duration(one.value)) continue;
      const bool number = one.value.find_first_not_of(kDigits) == std::string::npos;
      add("GN-HEALTH-003", one, in_quotes(printable(one.value)) + " is no duration",
          number ? "give it a unit: " + one.value + "s" : "write for example 30s or 1m30s");
    }
  }

  void check_restart(const ComposeEntry& service) {
    const PlacedText& restart = service.restart;
    if (!restart.given() || is_restart_policy(restart.value)) return;
    static const std::vector<std::string> known{"no", "always", "unless-stopped", "on-failure"};
    add("GN-RESTART-001", restart, in_quotes(printable(restart.value)) + " is no restart policy",
        "write one of " + join(known, ", "))
        .note = inventory::did_you_mean(restart.value, known);
  }

  void check_healthy(const ComposeEntry& service, const ComposeDependency& dependency) {
    if (dependency.condition.value != "service_healthy") return;
    const ComposeEntry* other = model_.find(dependency.name.value);
    if (other == nullptr) return;
    if (other->health.disabled || other->health.form.value == "NONE") {
      add("GN-HEALTH-002", dependency.condition,
          "service " + in_quotes(service.name) + " waits for " + in_quotes(other->name) +
              " to be healthy, whose healthcheck is switched off",
          "switch it on, or write \"condition: service_started\"");
    } else if (!other->health.form.given() && !model_.partial) {
      add("GN-HEALTH-001", dependency.condition,
          "service " + in_quotes(service.name) + " waits for " + in_quotes(other->name) +
              " to be healthy, which has no healthcheck here",
          "add one, unless its image brings one");
    }
  }

  const ComposeModel& model_;
  std::vector<Problem> problems_;
  std::map<std::string, std::string> names_;  ///< of containers; the services that have them
};

}  // namespace

std::vector<Problem> check_compose_services(const ComposeModel& model) {
  return ServiceChecker(model).run();
}

}  // namespace gannet::playbooks
