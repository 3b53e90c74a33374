// gannet env diff, check.
#include <set>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/cli/application.h"
#include "controller/cli/commands.h"
#include "controller/cli/env_files.h"
#include "controller/cli/findings_report.h"
#include "controller/report/table.h"
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
    TRY(const auto opened, open_env(application.options(), one_.front()));
    const EnvView& one = opened.view;
    TRY(const auto paths, env_paths_of(opened.project, other_.front()));
    TRY(const auto other, playbooks::read_env_view(paths));
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
  static Cell cell(const std::string* value, bool masked) {
    if (value == nullptr) return {"(not set)", Tone::kNotice};
    return {value->empty() ? "(empty)" : shown_value(*value, masked),
            masked || value->empty() ? Tone::kMuted : Tone::kPlain};
  }

  std::vector<std::string> one_, other_;
  bool reveal_ = false;
};

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
           "nothing; files that everybody can read. Exit code 2 when there are errors.\n"
           "\n"
           "Rules, comments that allow a finding, and -o sarif and github are as for\n"
           "validate, which applies the same rules but that about the mode.";
  }
  Options options() override {
    Options options;
    auto environment = env_argument(environment_);
    environment.min = 0;
    environment.help = "Only this environment; \"common\": only .env";
    options.positionals = {environment};
    options.options = {
        {"", "strict", "", "Warnings count as errors", &strict_, Completes::kNothing, {}}};
    return options;
  }

  [[nodiscard]] std::vector<std::string> more_formats() const override {
    return {"sarif", "github"};
  }

  Result<ExitCode> run(Application& application) override {
    TRY(const auto project, load_env_project(application.options()));
    playbooks::EnvCheckScope scope;
    if (!environment_.empty()) {
      TRY([[maybe_unused]] const auto known, env_paths_of(project, environment_.front()));
      scope.only = project.find_environment(environment_.front());
      scope.only_common = scope.only == nullptr;
    }
    auto found = playbooks::check_env_files(project, scope);
    const auto format = application.options().format;
    // Other programs want names relative to the folder they run in, people those of the project.
    if (format != OutputFormat::kSarif && format != OutputFormat::kGithub)
      for (auto& one : found) one.from.file = short_path(one.from.file, project);
    application.reporter().attach("command", name());
    return report_findings(application, found, "The env files are in order",
                           strict_ ? Strictness::kWarnings : Strictness::kErrors);
  }

 private:
  std::vector<std::string> environment_;
  bool strict_ = false;
};

}  // namespace

std::unique_ptr<Command> make_env_diff() { return std::make_unique<EnvDiff>(); }
std::unique_ptr<Command> make_env_check() { return std::make_unique<EnvCheck>(); }

}  // namespace gannet::controller
