#include "controller/cli/release_flow.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/report/plan_parts.h"
#include "controller/report/views.h"
#include "controller/report/wording.h"

namespace gannet::controller {
namespace {

/// Leaves only the hosts named by `only`; those the inventory does not have any more are named.
bool keep_only(Application& application, Workspace& workspace,
               const std::vector<std::string>& only) {
  for (const auto& name : only)
    if (workspace.inventory.find(name) == nullptr)
      application.reporter().warning(name + ": is not in the inventory any more");
  std::erase_if(workspace.hosts, [&](const inventory::Host& host) {
    return std::ranges::count(only, host.name) == 0;
  });
  if (!workspace.hosts.empty()) return true;
  application.reporter().error({Code::kInvalidInput,
                                "none of the hosts that are left is selected: " + join(only, ", "),
                                "look at --on and --env"});
  return false;
}

/// Hosts that the plan is not about, because something is wrong with them already.
std::string left_out(const RunSummary& summary) {
  std::vector<HostRecord> sick;
  for (const auto& host : summary.hosts)
    if (host.outcome == Outcome::kUnreachable || host.outcome == Outcome::kFailed || host.missed)
      sick.push_back(host);
  std::string text;
  for (const auto& folded : fold_messages(sick))
    text += "Without " + name_hosts(folded.hosts) + ": " + one_line(folded.message) + "\n";
  return text;
}

/// `question` makes the words from the plan.
Confirm ask_with_plan(Application& application,
                      std::function<std::string(const PlanOutput&)> question) {
  if (application.options().yes) return {};
  return [&application, question = std::move(question)](const PlanOutput& plan) {
    return application.confirm(
        "\n" + plan_text(plan, application.view()) + left_out(plan.summary) + "\n", question(plan));
  };
}

/// "Roll back to v1 now?" when it is the same everywhere.
std::string rollback_question(const PlanOutput& plan) {
  const auto target = common_target(plan);
  if (!target) return "Roll back now?";
  return "Roll back to " + release_name(target->id, target->tag) + " now?";
}

}  // namespace

ReleaseContext ReleaseJob::context() const {
  return {.project = workspace.project,
          .environment = workspace.find_environment(),
          .variables = workspace.variables,
          .services = services,
          .tag = tag};
}

std::optional<ReleaseJob> prepare_release(Application& application, const GlobalOptions& options,
                                          std::vector<std::string> services,
                                          const std::optional<std::vector<std::string>>& only) {
  auto workspace = application.load(options, Needs::kProject);
  if (!workspace) return std::nullopt;
  const auto usable = [&](const Result<>& result) {
    if (!result) application.reporter().error(result.error());
    return result.has_value();
  };
  if (!usable(check_services(workspace->project, services))) return std::nullopt;
  if (only && !keep_only(application, *workspace, *only)) return std::nullopt;
  if (!usable(keep_hosts_with(*workspace, services))) return std::nullopt;
  return ReleaseJob{std::move(*workspace), std::move(services), {}, false};
}

PositionalSpec services_argument(std::vector<std::string>& services) {
  return {
      "SERVICE", "Only these services; default all", &services, 0, SIZE_MAX, Completes::kServices,
      {}};
}

std::string command_on_same(const GlobalOptions& options, const std::string& verb,
                            const std::vector<std::string>& arguments) {
  std::vector<std::string> words{verb};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) words.insert(words.end(), {name, value});
  };
  add("-C", options.folder);
  add("-f", options.project_file);
  for (const auto& file : options.inventory_files) add("-i", file);
  for (const auto& selector : options.selectors) add("--on", selector);
  add("--env", options.environment);
  return command_line(words);
}

std::string described_tag(const Workspace& workspace) {
  const auto command = "git -C " + shell_quote(workspace.project.root.string()) +
                       " describe --tags --always --dirty 2>/dev/null";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "re"), ::pclose);
  if (!pipe) return {};
  std::array<char, 256> line{};
  if (std::fgets(line.data(), static_cast<int>(line.size()), pipe.get()) == nullptr) return {};
  return std::string(trim(line.data()));
}

Result<ExitCode> deploy_release(Application& application, const ReleaseJob& job) {
  TRY_VOID(application.require_consent());
  TRY(auto context, application.operation("deploy", job.workspace));
  context.run.services = job.services;
  context.run.tag = job.tag;
  context.skip_unreachable = job.skip_unreachable;
  application.reporter().attach("watchdog_ms", job.workspace.project.strategy.watchdog.count());
  DeployOptions options;
  options.confirm = ask_with_plan(application, [](const PlanOutput&) { return "Deploy now?"; });
  return run_deploy(context, job.context(), options).exit_code();
}

Result<ExitCode> roll_back(Application& application, const ReleaseJob& job, const std::string& to) {
  TRY_VOID(application.require_consent());
  TRY(auto context, application.operation("rollback", job.workspace));
  context.run.services = job.services;
  context.run.tag = to;
  RollbackOptions options;
  options.to = to;
  options.confirm = ask_with_plan(application, rollback_question);
  return run_rollback(context, job.context(), options).exit_code();
}

std::vector<std::string> remaining_hosts(const std::vector<HostRecord>& hosts) {
  std::vector<std::string> names;
  for (const auto& host : hosts)
    if (host.outcome != Outcome::kDeployed && host.outcome != Outcome::kUnchanged)
      names.push_back(host.host);
  return names;
}

}  // namespace gannet::controller
