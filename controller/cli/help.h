// Help texts, made from the same data as the parser.
#pragma once

#include <string>
#include <string_view>

#include "controller/cli/command.h"
#include "controller/cli/options.h"

namespace gannet::controller {

/// `gannet --help`.
[[nodiscard]] std::string program_help(const Commands& commands);
/// `gannet` alone: the commands of every day and the way to the help.
[[nodiscard]] std::string short_help(const Commands& commands);
/// `gannet inventory --help`: the members of a group.
[[nodiscard]] std::string group_help(const Commands& commands, std::string_view group);
/// `gannet deploy --help`.
[[nodiscard]] std::string command_help(Command& command);
/// "gannet deploy [SERVICE...] [options]".
[[nodiscard]] std::string usage_line(Command& command);

}  // namespace gannet::controller
