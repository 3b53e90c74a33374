// From the words of the command line to a command with its options filled in. Does nothing else:
// no file is read, no host is contacted.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "controller/cli/command.h"
#include "controller/cli/options.h"

namespace gannet::controller {

/// What the command line asks for: a help text, or a command to run.
struct Parsed {
  std::optional<std::string> help;  ///< --help stood anywhere before "--"
  Command* command = nullptr;       ///< of `commands`; null with help
};

/// Parses `words` (without the program's name). Global options may stand before and after the
/// command. Fills `global` and the members of the command. Errors: kInvalidInput naming the word,
/// with the nearest known one or the way to the help.
[[nodiscard]] Result<Parsed> parse(const std::vector<std::string>& words, const Commands& commands,
                                   GlobalOptions& global);

/// `words` ask for JSON or JSON lines: known even when they cannot be parsed.
[[nodiscard]] OutputFormat requested_format(const std::vector<std::string>& words);

}  // namespace gannet::controller
