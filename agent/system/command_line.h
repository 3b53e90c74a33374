// The agent's arguments. People rarely type them; the controller and the agent itself do.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace gannet::agent {

enum class Subcommand : std::uint8_t { kServe, kWatchdog, kRecover, kVersion, kHelp };

struct CommandLine {
  Subcommand subcommand = Subcommand::kHelp;
  std::string state_dir;                  ///< clean and absolute; serve, watchdog, recover
  std::string transaction;                ///< watchdog
  std::chrono::milliseconds deadline{0};  ///< watchdog, from its start
};

/// Reads the arguments behind the program's name. Options may be written "--name value" or
/// "--name=value". Errors: kInvalidInput, naming the argument.
[[nodiscard]] Result<CommandLine> parse_command_line(std::span<const std::string> arguments);

/// What --help prints.
extern const std::string_view kUsage;

}  // namespace gannet::agent
