#include "playbooks/service_order.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/text.h"

namespace gannet::playbooks {
namespace {

using inventory::in_quotes;
using inventory::Problem;

const Service* find(const std::vector<Service>& services, const std::string& name) {
  const auto found = std::ranges::find(services, name, &Service::name);
  return found == services.end() ? nullptr : &*found;
}

Problem problem_at(const PlacedText& where, std::string message) {
  Problem problem;
  problem.from = where.from;
  problem.message = std::move(message);
  problem.rule = "GN-CONF-005";
  return problem;
}

/// Looks for ways from a service back to itself.
class CircleFinder {
 public:
  explicit CircleFinder(const std::vector<Service>& services) : services_(services) {}

  std::vector<Problem> find_all() {
    for (const Service& service : services_) visit(service);
    return std::move(problems_);
  }

 private:
  void visit(const Service& service) {
    if (done_.contains(service.name)) return;
    path_.push_back(service.name);
    for (const PlacedText& need : service.needs) {
      const auto begin = std::ranges::find(path_, need.value);
      const Service* next = find(services_, need.value);
      if (begin != path_.end()) {
        report(need, {begin, path_.end()});
      } else if (next != nullptr) {
        visit(*next);
      }
    }
    path_.pop_back();
    done_.insert(service.name);
  }

  void report(const PlacedText& need, std::vector<std::string> circle) {
    circle.push_back(need.value);
    Problem problem = problem_at(
        need, circle.size() == 2 ? "service " + in_quotes(need.value) + " requires itself"
                                 : "services require each other: " + join(circle, " -> "));
    problem.hint = "remove one of them from \"requires\"";
    inventory::add_source_line(problem, "");
    problems_.push_back(std::move(problem));
  }

  const std::vector<Service>& services_;
  std::vector<std::string> path_;
  std::set<std::string> done_;
  std::vector<Problem> problems_;
};

}  // namespace

std::vector<Problem> check_requirements(const std::vector<Service>& services) {
  std::vector<Problem> problems = CircleFinder(services).find_all();
  std::vector<std::string> names;
  names.reserve(services.size());
  for (const Service& service : services) names.push_back(service.name);
  for (const Service& service : services) {
    for (const PlacedText& need : service.needs) {
      if (find(services, need.value) != nullptr) continue;
      Problem problem = problem_at(need, "service " + in_quotes(service.name) + " requires " +
                                             in_quotes(need.value) + ", which is no service");
      problem.note = inventory::did_you_mean(need.value, names);
      if (problem.note.empty()) problem.hint = "services: " + join(names, ", ");
      inventory::add_source_line(problem, "");
      problems.push_back(std::move(problem));
    }
  }
  return problems;
}

void put_in_order(std::vector<Service>& services) {
  std::stable_sort(services.begin(), services.end(),
                   [](const Service& a, const Service& b) { return a.order < b.order; });
  std::vector<Service> ordered;
  while (!services.empty()) {
    const auto ready = [&](const Service& service) {
      return std::ranges::none_of(service.needs, [&](const PlacedText& need) {
        return find(services, need.value) != nullptr;
      });
    };
    auto next = std::ranges::find_if(services, ready);
    if (next == services.end()) next = services.begin();
    ordered.push_back(std::move(*next));
    services.erase(next);
  }
  services = std::move(ordered);
}

}  // namespace gannet::playbooks
