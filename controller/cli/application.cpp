#include "controller/cli/application.h"

#include <array>
#include <chrono>
#include <climits>

#include <pwd.h>
#include <unistd.h>

#include "base/text.h"
#include "controller/fleet/ids.h"

namespace gannet::controller {
namespace {

std::string user_name() {
  constexpr std::size_t kBuffer = 16'384;
  passwd entry{};
  passwd* found = nullptr;
  std::string buffer(kBuffer, '\0');
  if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 &&
      found != nullptr)
    return found->pw_name;
  return std::to_string(::getuid());
}

std::string machine_name() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

}  // namespace

std::string command_line(const std::vector<std::string>& words) {
  std::string line = "gannet";
  for (const auto& word : words) line += " " + shell_quote(word);
  return line;
}

Application::Application(Parts parts, GlobalOptions options, std::vector<std::string> words)
    : parts_(std::move(parts)),
      options_(std::move(options)),
      words_(std::move(words)),
      local_user_(user_name()),
      host_name_(machine_name()) {}

View Application::view() const {
  View view;
  view.style = Style(parts_.report.color);
  view.columns = parts_.report.live ? parts_.sink.size().columns : 0;
  view.now_ms = wall_ms();
  view.quiet = parts_.report.quiet > 0;
  return view;
}

Result<ResultStore*> Application::store() {
  if (!store_) {
    TRY(store_, ResultStore::open(parts_.results_file));
  }
  return store_.get();
}

std::optional<Workspace> Application::load(Needs needs) { return load(options_, needs); }

std::optional<Workspace> Application::load(const GlobalOptions& options, Needs needs) {
  auto workspace = load_workspace(options, needs);
  if (workspace) return std::move(*workspace);
  for (const auto& error : workspace.error()) reporter().error(error);
  return std::nullopt;
}

Result<OperationContext> Application::operation(const std::string& command,
                                                const Workspace& workspace) {
  TRY(auto* results, store());
  if (!agents_) {
    TRY(agents_, AgentBinaries::locate());
  }
  OperationContext context{.transport = parts_.transport,
                           .agents = *agents_,
                           .store = *results,
                           .reporter = parts_.reporter,
                           .io = parts_.io,
                           .hosts = workspace.hosts,
                           .total_hosts = workspace.inventory.hosts().size(),
                           .local_user = local_user_,
                           .jobs = options_.jobs,
                           .timeouts = {},
                           .become_password = std::nullopt,
                           .ask_password = options_.ask_password,
                           .run = {}};
  // One option for the three steps of a connection, in the proportions of the defaults.
  context.timeouts.connect = options_.connect_timeout;
  context.timeouts.handshake = options_.connect_timeout * 3 / 2;
  context.timeouts.authenticate = options_.connect_timeout * 2;
  if (options_.ask_become_password) {
    TRY(context.become_password, parts_.prompter.ask_secret("password of sudo on the hosts"));
  }
  auto& run = context.run;
  run.id = make_id(SystemClock().wall());
  parts_.begin_log(run.id);
  run.project = workspace.project.name;
  run.project_root = project_root(options_);
  run.command = command;
  run.arguments = command_line(words_);
  run.environment = workspace.environment;
  run.who = local_user_ + "@" + host_name_;
  run.started_ms = wall_ms();
  return context;
}

Result<> Application::require_consent() const {
  if (options_.yes || parts_.prompter.available()) return {};
  return fail(Code::kInvalidInput, "this changes hosts, and there is no terminal to ask on",
              "add -y to go ahead without being asked");
}

bool Application::confirm(const std::string& text, const std::string& question) {
  parts_.reporter.suspend();
  parts_.reporter.print(text);
  if (options_.yes) return true;
  if (parts_.report.format != OutputFormat::kText) parts_.sink.err(text);
  return parts_.prompter.confirm(question);
}

}  // namespace gannet::controller
