// What a command is to the program. One file per command; commands.cpp lists them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "controller/cli/options.h"
#include "controller/deploy/outcome.h"

namespace gannet::controller {

class Application;

class Command {
 public:
  virtual ~Command() = default;

  /// "deploy", or two words for a member of a group: "inventory trust".
  [[nodiscard]] virtual std::string name() const = 0;
  /// One line without a full stop.
  [[nodiscard]] virtual std::string summary() const = 0;
  /// More text for --help; lines of at most 78 characters; may be empty.
  [[nodiscard]] virtual std::string details() const { return {}; }
  /// What it accepts besides the global options; targets are members of the command.
  [[nodiscard]] virtual Options options() { return {}; }
  /// Values of --output besides text, json and jsonl.
  [[nodiscard]] virtual std::vector<std::string> more_formats() const { return {}; }
  /// False for commands that only other programs call.
  [[nodiscard]] virtual bool listed() const { return true; }

  /// Does it. Errors are reported by the caller: kInvalidInput and kNotFound end with exit code 2,
  /// kInterrupted with 130, others with 1.
  [[nodiscard]] virtual Result<ExitCode> run(Application& application) = 0;
};

using Commands = std::vector<std::unique_ptr<Command>>;

/// All commands of the program, in the order of the help.
[[nodiscard]] Commands all_commands();

}  // namespace gannet::controller
