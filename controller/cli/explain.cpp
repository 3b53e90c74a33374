#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/cli/application.h"
#include "controller/cli/commands.h"
#include "playbooks/validate/rules.h"

namespace gannet::controller {
namespace {

nlohmann::json rule_json(const playbooks::Rule& rule) {
  return {{"id", rule.id},           {"severity", playbooks::to_string(rule.severity)},
          {"title", rule.title},     {"wrong", rule.wrong},
          {"matters", rule.matters}, {"fix", rule.fix},
          {"example", rule.example}, {"stops_deploy", rule.stops_deploy}};
}

class Explain final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "explain"; }
  [[nodiscard]] std::string summary() const override {
    return "Explain a rule of validate, or list all";
  }
  [[nodiscard]] std::string details() const override {
    return "Prints what a rule finds, why it matters and how to put it right. Without a\n"
           "rule: all ids with their titles. docs/rules.md holds the same pages.";
  }
  Options options() override {
    Options options;
    std::vector<std::string> ids;
    for (const auto& rule : playbooks::all_rules()) ids.emplace_back(rule.id);
    options.positionals = {
        {"RULE", "Id as validate prints it: GN-PORT-001", &rule_, 0, 1, Completes::kWords, ids}};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    auto& reporter = application.reporter();
    reporter.attach("command", "explain");
    auto rules = nlohmann::json::array();
    if (rule_.empty()) {
      for (const auto& rule : playbooks::all_rules()) rules.push_back(rule_json(rule));
      reporter.print(playbooks::rule_list());
    } else {
      const auto* rule = playbooks::find_rule(rule_.front());
      if (rule == nullptr) return unknown();
      rules.push_back(rule_json(*rule));
      reporter.print(playbooks::rule_page(*rule));
    }
    reporter.attach("rules", rules);
    return ExitCode::kOk;
  }

 private:
  [[nodiscard]] Result<ExitCode> unknown() const {
    const auto near = playbooks::nearest_rule(rule_.front());
    return fail(
        Code::kInvalidInput, "there is no rule \"" + printable(rule_.front()) + "\"",
        near.empty() ? "\"gannet explain\" lists all rules" : "did you mean \"" + near + "\"?");
  }

  std::vector<std::string> rule_;
};

}  // namespace

std::unique_ptr<Command> make_explain() { return std::make_unique<Explain>(); }

}  // namespace gannet::controller
