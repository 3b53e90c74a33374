// What `rollback --plan` says beyond the plan itself.
#include <algorithm>

#include <nlohmann/json.hpp>

#include "controller/report/plan_parts.h"
#include "controller/report/table.h"
#include "controller/report/views.h"
#include "controller/report/wording.h"

namespace gannet::controller {
namespace {

std::string downtime_text(const PlanOutput& plan, const View& view) {
  const auto all = interruptions(plan);
  if (all.empty())
    return "Expected downtime: none, as far as gannet knows: nothing is restarted by it\n";
  Table table({"WAVE", "HOSTS", "SERVICE", "DOWN WHILE"});
  for (const auto& one : all)
    table.add({{std::to_string(one.wave + 1)},
               {name_hosts(one.hosts)},
               {one.service},
               {one.because, Tone::kNotice}});
  return "Expected downtime, in this order:\n" + table.render(view.style, view.columns);
}

bool any_obstacle(const PlanOutput& plan) {
  return std::ranges::any_of(plan.hosts, [](const auto& host) { return !obstacles(host).empty(); });
}

}  // namespace

std::string rollback_text(const PlanOutput& plan, const std::string& command, const View& view) {
  auto text = plan_text(plan, view);
  if (any_obstacle(plan))
    text += "Not everything can go back: services that can, by name: gannet rollback SERVICE\n";
  if (count_changes(plan).hosts == 0) return text;
  text += "\n" + downtime_text(plan, view);
  return text + "\nTo carry it out: " + view.style.paint(Tone::kStrong, command) + "\n";
}

nlohmann::json downtime_json(const PlanOutput& plan) {
  auto list = nlohmann::json::array();
  for (const auto& one : interruptions(plan))
    list.push_back({{"wave", one.wave},
                    {"hosts", one.hosts},
                    {"service", one.service},
                    {"because", one.because}});
  return list;
}

}  // namespace gannet::controller
