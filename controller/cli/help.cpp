#include "controller/cli/help.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace gannet::controller {
namespace {

constexpr std::size_t kColumn = 30;  // where explanations begin

std::string row(const std::string& left, const std::string& right) {
  auto line = "  " + left;
  if (line.size() + 2 > kColumn) return line + "\n" + std::string(kColumn, ' ') + right + "\n";
  line.append(kColumn - line.size(), ' ');
  return line + right + "\n";
}

std::string option_rows(const Options& options) {
  std::string text;
  for (const auto& option : options.options) text += row(option.usage(), option.help);
  return text;
}

std::string command_rows(const Commands& commands, std::string_view prefix) {
  std::string text;
  for (const auto& command : commands)
    if (command->listed() && command->name().starts_with(prefix))
      text += row(command->name(), command->summary());
  return text;
}

std::string global_rows(const std::vector<std::string>& more_formats = {}) {
  GlobalOptions values;
  return option_rows(global_options(values, more_formats)) +
         row("-h, --help", "This text; does nothing else");
}

/// The formats of some commands only, which the row of --output leaves out here.
std::string more_format_rows(const Commands& commands) {
  std::string text;
  for (const auto& command : commands)
    if (const auto formats = command->more_formats(); command->listed() && !formats.empty())
      text += row("-o of " + command->name(), "also " + join(formats, ", "));
  return text;
}

}  // namespace

std::string usage_line(Command& command) {
  const auto options = command.options();
  auto line = "gannet " + command.name();
  for (const auto& positional : options.positionals) line += " " + positional.usage();
  line += " [options]";
  return options.after_dashes == nullptr ? line : line + " -- COMMAND...";
}

std::string command_help(Command& command) {
  const auto options = command.options();
  auto text = command.summary() + ".\n\nUsage: " + usage_line(command) + "\n";
  if (const auto details = command.details(); !details.empty()) text += "\n" + details + "\n";
  if (!options.positionals.empty()) {
    text += "\nArguments:\n";
    for (const auto& positional : options.positionals)
      text += row(positional.name, positional.help);
  }
  if (!options.options.empty()) text += "\nOptions:\n" + option_rows(options);
  return text + "\nOptions of every command:\n" + global_rows(command.more_formats());
}

std::string group_help(const Commands& commands, std::string_view group) {
  const std::string name(group);
  return "Usage: gannet " + name + " COMMAND [options]\n\nCommands:\n" +
         command_rows(commands, name + " ") + "\nMore: gannet " + name + " COMMAND --help\n";
}

std::string short_help(const Commands& commands) {
  constexpr std::array<std::string_view, 7> kEveryDay{"setup",  "validate", "check",   "plan",
                                                      "deploy", "status",   "rollback"};
  std::string text = "Usage: gannet COMMAND [options]\n\n";
  for (const auto& command : commands)
    if (std::ranges::find(kEveryDay, command->name()) != kEveryDay.end())
      text += row(command->name(), command->summary());
  return text + "\nAll commands: gannet --help\n";
}

std::string program_help(const Commands& commands) {
  return "gannet deploys to a fleet of hosts over SSH, checks them, and takes back what fails.\n\n"
         "Usage: gannet COMMAND [options]\n\nCommands:\n" +
         command_rows(commands, "") + "\nOptions of every command:\n" + global_rows() +
         more_format_rows(commands) + "\nMore: gannet COMMAND --help\n";
}

}  // namespace gannet::controller
