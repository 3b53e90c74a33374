// gannet env diff, check.
#include <set>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/cli/application.h"
#include "controller/cli/commands.h"
#include "controller/cli/env_files.h"
#include "controller/report/table.h"
#include "controller/report/text_reporter.h"
#include "controller/report/wording.h"
#include "playbooks/env_check.h"

namespace gannet::controller {
namespace {

using nlohmann::json;
using playbooks::EnvView;

class EnvDiff final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "env diff"; }
  [[nodiscard]] std::string summary() const override {
    return "Compare the variables of two environments";
  }
  [[nodiscard]] std::string details() const override {
    return "Exit code 0 when all values are the same, 1 when they differ, 2 in trouble, as with\n"
           "diff. Values that look secret are masked without --reveal.";
  }
  Options options() override {
    Options options;
    options.positionals = {env_argument(one_, "A"), env_argument(other_, "B")};
    options.options = {reveal_option(reveal_)};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    TRY(const auto project, load_env_project(application.options()));
    TRY(const auto one, view_of(project, one_.front()));
    TRY(const auto other, view_of(project, other_.front()));
    std::set<std::string> keys, hidden;
    for (const auto* view : {&one, &other}) {
      for (const auto& [key, value] : view->values) keys.insert(key);
      if (!reveal_) hidden.merge(hidden_keys(*view));
    }
    Table table({"KEY", one_.front(), other_.front()});
    auto documents = json::array();
    for (const auto& key : keys) {
      const auto a = one.values.find(key);
      const auto b = other.values.find(key);
      const bool in_a = a != one.values.end();
      const bool in_b = b != other.values.end();
      if (in_a && in_b && a->second.value == b->second.value) continue;
      const bool masked = hidden.contains(key);
      json document{{"key", key},
                    {"change", !in_b   ? "only-a"
                               : !in_a ? "only-b"
                                       : "differs"},
                    {"masked", masked}};
      if (in_a && !masked) document["a"] = a->second.value;
      if (in_b && !masked) document["b"] = b->second.value;
      documents.push_back(std::move(document));
      table.add({{key},
                 cell(in_a ? &a->second.value : nullptr, masked),
                 cell(in_b ? &b->second.value : nullptr, masked)});
    }
    auto& reporter = application.reporter();
    reporter.attach("command", name());
    reporter.attach("a", one_.front());
    reporter.attach("b", other_.front());
    reporter.attach("differences", documents);
    if (!table.empty()) reporter.print(table.render(application.view().style, 0));
    if (!application.view().quiet)
      reporter.print(count_of(keys.size(), "variable") + ": " + std::to_string(documents.size()) +
                     " different, " + std::to_string(keys.size() - documents.size()) +
                     " the same\n");
    return documents.empty() ? ExitCode::kOk : ExitCode::kFailed;
  }

 private:
  static Result<EnvView> view_of(const playbooks::Project& project, const std::string& name) {
    TRY(const auto paths, env_paths_of(project, name));
    return playbooks::read_env_view(paths);
  }

  static Cell cell(const std::string* value, bool masked) {
    if (value == nullptr) return {"(not set)", Tone::kNotice};
    return {value->empty() ? "(empty)" : shown_value(*value, masked),
            masked || value->empty() ? Tone::kMuted : Tone::kPlain};
  }

  std::vector<std::string> one_, other_;
  bool reveal_ = false;
};

json env_problem_json(const inventory::Problem& problem, const playbooks::Project& project) {
  return {{"severity", problem.severity == inventory::Severity::kError ? "error" : "warning"},
          {"file", short_path(problem.from.file, project)},
          {"line", problem.from.line},
          {"column", problem.from.column},
          {"message", problem.message},
          {"note", problem.note},
          {"hint", problem.hint}};
}

class EnvCheck final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "env check"; }
  [[nodiscard]] std::string summary() const override {
    return "Check env files against each other and against what services use";
  }
  [[nodiscard]] std::string details() const override {
    return "Errors: files that cannot be read, variables that a service needs and that are not\n"
           "set, values that Compose and systemd read differently (a warning when no service is\n"
           "a systemd unit). Warnings: names set twice, in some environments only, or used by\n"
           "nothing; files that everybody can read. Exit code 2 when there are errors.";
  }
  Options options() override {
    Options options;
    auto environment = env_argument(environment_);
    environment.min = 0;
    environment.help = "Only this environment";
    options.positionals = {environment};
    options.options = {
        {"", "strict", "", "Warnings count as errors", &strict_, Completes::kNothing, {}}};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    TRY(const auto project, load_env_project(application.options()));
    const playbooks::Environment* only = nullptr;
    if (!environment_.empty()) {
      TRY([[maybe_unused]] const auto known, env_paths_of(project, environment_.front()));
      only = project.find_environment(environment_.front());
    }
    return tell(application, project, playbooks::check_env_files(project, only));
  }

 private:
  Result<ExitCode> tell(Application& application, const playbooks::Project& project,
                        std::vector<inventory::Problem> problems) const {
    const auto style = application.view().style;
    std::size_t errors = 0;
    std::string text;
    auto list = json::array();
    for (auto& problem : problems) {
      const bool error = problem.severity == inventory::Severity::kError;
      if (error) ++errors;
      list.push_back(env_problem_json(problem, project));
      problem.from.file = short_path(problem.from.file, project);
      text += style.paint(error ? Tone::kBad : Tone::kNotice, error ? "error:" : "warning:") + " " +
              printable(inventory::to_string(problem)) + "\n";
      if (!problem.hint.empty()) text += "  hint: " + indented(problem.hint, 8) + "\n";
    }
    const auto warnings = problems.size() - errors;
    auto& reporter = application.reporter();
    reporter.attach("command", name());
    reporter.attach("diagnostics", list);
    reporter.print(text);
    reporter.print(problems.empty()
                       ? "The env files are in order\n"
                       : count_of(errors, "error") + ", " + count_of(warnings, "warning") + "\n");
    return errors > 0 || (strict_ && warnings > 0) ? ExitCode::kUsage : ExitCode::kOk;
  }

  std::vector<std::string> environment_;
  bool strict_ = false;
};

}  // namespace

std::unique_ptr<Command> make_env_diff() { return std::make_unique<EnvDiff>(); }
std::unique_ptr<Command> make_env_check() { return std::make_unique<EnvCheck>(); }

}  // namespace gannet::controller
