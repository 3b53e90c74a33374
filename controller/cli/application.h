// What commands find around them. main() owns the long-lived objects; this holds references.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <nlohmann/json_fwd.hpp>

#include "controller/cli/options.h"
#include "controller/cli/prompt.h"
#include "controller/cli/workspace.h"
#include "controller/deploy/operations.h"
#include "controller/fleet/agent_binaries.h"
#include "controller/report/reporter.h"
#include "controller/report/views.h"
#include "controller/results/store.h"
#include "controller/ssh/ssh_transport.h"

namespace gannet::controller {

/// The parts, made by main() or by a test.
struct Parts {
  asio::io_context& io;
  SshTransport& transport;
  Reporter& reporter;
  Prompter& prompter;
  ReportOptions report;
  Sink& sink;
  std::filesystem::path results_file;
  std::function<void(const std::string& run)> begin_log;  ///< called when a run gets its id
};

class Application {
 public:
  Application(Parts parts, GlobalOptions options, std::vector<std::string> words);

  [[nodiscard]] const GlobalOptions& options() const { return options_; }
  [[nodiscard]] Parts& parts() { return parts_; }
  [[nodiscard]] Reporter& reporter() { return parts_.reporter; }
  [[nodiscard]] View view() const;
  [[nodiscard]] std::string local_user() const { return local_user_; }

  /// The results, opened when first asked for. Errors: as ResultStore::open().
  [[nodiscard]] Result<ResultStore*> store();

  /// The workspace that `options` name. Problems are reported at once; nullopt then (exit code 2).
  [[nodiscard]] std::optional<Workspace> load(Needs needs);
  [[nodiscard]] std::optional<Workspace> load(const GlobalOptions& options, Needs needs);

  /// Everything an operation on the selected hosts needs. Asks for the password of sudo with -K.
  /// Errors: no agent binaries, no results, no answer.
  [[nodiscard]] Result<OperationContext> operation(const std::string& command,
                                                   const Workspace& workspace);

  /// Errors: kInvalidInput naming -y when the user would have to be asked and cannot be.
  [[nodiscard]] Result<> require_consent() const;
  /// Shows `text` and asks; true at once with -y.
  [[nodiscard]] bool confirm(const std::string& text, const std::string& question);

 private:
  Parts parts_;
  GlobalOptions options_;
  std::vector<std::string> words_;  ///< as typed
  std::string local_user_, host_name_;
  std::unique_ptr<ResultStore> store_;
  std::optional<AgentBinaries> agents_;
};

/// The words as one could type them again.
[[nodiscard]] std::string command_line(const std::vector<std::string>& words);

}  // namespace gannet::controller
