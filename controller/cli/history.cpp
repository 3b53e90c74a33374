#include <nlohmann/json.hpp>

#include "controller/cli/application.h"
#include "controller/cli/commands.h"
#include "controller/report/json_documents.h"
#include "controller/report/views.h"

namespace gannet::controller {
namespace {

class History final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "history"; }
  [[nodiscard]] std::string summary() const override {
    return "Show past runs, or one run in full";
  }
  [[nodiscard]] std::string details() const override {
    return "Runs of this project (the folder), newest first. With RUN: its hosts, releases,\n"
           "messages, findings and events.";
  }
  Options options() override {
    Options options;
    options.positionals = {{"RUN", "Id of a run, or its beginning", &run_, 0, 1, {}, {}}};
    options.options = {{"n", "number", "N", "How many runs; default 20", &number_, {}, {}}};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    TRY(auto* store, application.store());
    const auto root = project_root(application.options());
    application.reporter().attach("command", "history");
    if (!run_.empty()) {
      TRY(const auto run, store->find_run(root, run_.front()));
      return show(application, *store, run);
    }
    TRY(const auto runs, store->runs(root, number_));
    TRY(const auto missed, store->missed(root));
    std::vector<RunHistory> list;
    auto document = nlohmann::json::array();
    for (const auto& run : runs) {
      TRY(auto hosts, store->hosts(run.id));
      list.push_back({run, std::move(hosts), {}, missed_in(missed, run)});
      document.push_back(history_json(list.back()));
    }
    application.reporter().print(history_text(list, application.view()));
    application.reporter().attach("runs", document);
    return ExitCode::kOk;
  }

 private:
  static std::vector<ResultStore::Missed> missed_in(const std::vector<ResultStore::Missed>& all,
                                                    const RunRecord& run) {
    std::vector<ResultStore::Missed> found;
    for (const auto& row : all)
      if (row.run == run.id) found.push_back(row);
    return found;
  }

  static Result<ExitCode> show(Application& application, ResultStore& store, const RunRecord& run) {
    RunHistory history{run, {}, {}};
    TRY(const auto missed, store.missed(run.project_root));
    history.missed = missed_in(missed, run);
    TRY(history.hosts, store.hosts(run.id));
    TRY(history.events, store.events(run.id, ""));
    auto& reporter = application.reporter();
    reporter.print(run_text(history, application.view()));
    const auto document = history_json(history);
    reporter.attach("run", run.id);
    reporter.attach("record", run_json(run));
    reporter.attach("hosts", document.at("hosts"));
    reporter.attach("summary", document.at("summary"));
    reporter.attach("missed_deploys", document.at("missed_deploys"));
    auto events = nlohmann::json::array();
    for (const auto& event : history.events) events.push_back(event_json(event));
    reporter.attach("events", events);
    return ExitCode::kOk;
  }

  std::vector<std::string> run_;
  std::uint32_t number_ = 20;
};

}  // namespace

std::unique_ptr<Command> make_history() { return std::make_unique<History>(); }

}  // namespace gannet::controller
