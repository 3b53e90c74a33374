#include "agent/system/command_line.h"

#include <array>
#include <map>
#include <optional>

#include "agent/system/posix.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr std::string_view kSeeHelp = "see: gannet-agent --help";

struct Known {
  std::string_view name;
  Subcommand subcommand;
  std::span<const std::string_view> options;  ///< all of them are required
};

constexpr std::array<std::string_view, 1> kStateOnly = {"--state-dir"};
constexpr std::array<std::string_view, 3> kWatchdogOptions = {"--state-dir", "--transaction",
                                                              "--deadline-ms"};

constexpr std::array<Known, 7> kKnown = {Known{"serve", Subcommand::kServe, kStateOnly},
                                         Known{"watchdog", Subcommand::kWatchdog, kWatchdogOptions},
                                         Known{"recover", Subcommand::kRecover, kStateOnly},
                                         Known{"version", Subcommand::kVersion, {}},
                                         Known{"--version", Subcommand::kVersion, {}},
                                         Known{"help", Subcommand::kHelp, {}},
                                         Known{"--help", Subcommand::kHelp, {}}};

tl::unexpected<Error> refuse(std::string what) {
  return fail(Code::kInvalidInput, std::move(what), std::string(kSeeHelp));
}

const Known* find_known(std::string_view name) {
  for (const Known& known : kKnown) {
    if (known.name == name) return &known;
  }
  return nullptr;
}

using Values = std::map<std::string, std::string, std::less<>>;

Result<Values> read_options(const Known& known, std::span<const std::string> arguments) {
  Values values;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string name = arguments[i];
    std::optional<std::string> value;
    if (const std::size_t equals = name.find('='); equals != std::string::npos) {
      value = name.substr(equals + 1);
      name.resize(equals);
    }
    bool fits = false;
    for (const std::string_view option : known.options) fits = fits || option == name;
    if (!fits) return refuse(std::string(known.name) + ": unknown argument \"" + name + "\"");
    if (!value && i + 1 < arguments.size()) value = arguments[++i];
    if (!value || value->empty()) {
      return refuse(std::string(known.name) + ": " + name + " needs a value");
    }
    values[name] = std::move(*value);
  }
  for (const std::string_view option : known.options) {
    if (!values.contains(option)) {
      return refuse(std::string(known.name) + ": " + std::string(option) + " is missing");
    }
  }
  return values;
}

bool asks_for_help(std::span<const std::string> arguments) {
  for (const std::string& argument : arguments) {
    if (argument == "--help" || argument == "-h") return true;
  }
  return false;
}

}  // namespace

const std::string_view kUsage =
    R"(gannet-agent: the part of gannet that runs on a host. gannet starts it over SSH.

  gannet-agent serve --state-dir DIR      speak gannet's protocol on stdin and stdout
  gannet-agent recover --state-dir DIR    finish what an interrupted deployment left, then exit
  gannet-agent watchdog --state-dir DIR --transaction ID --deadline-ms N
                                          put the transaction back unless it is committed in time
  gannet-agent version                    print the version
  gannet-agent --help                     print this

exit codes: 0 done, 1 failed, 2 wrong arguments, 3 the link brought no valid frames or stalled
)";

Result<CommandLine> parse_command_line(std::span<const std::string> arguments) {
  if (arguments.empty()) return refuse("a subcommand is missing");
  if (asks_for_help(arguments)) return CommandLine{};
  const Known* known = find_known(arguments.front());
  if (known == nullptr) return refuse("unknown subcommand \"" + arguments.front() + "\"");
  TRY(Values values, read_options(*known, arguments.subspan(1)));
  CommandLine line;
  line.subcommand = known->subcommand;
  line.state_dir = values["--state-dir"];
  line.transaction = values["--transaction"];
  if (!known->options.empty() && !is_clean_absolute_path(line.state_dir)) {
    return refuse("--state-dir: \"" + line.state_dir +
                  "\" is not an absolute path without . and ..");
  }
  if (values.contains("--deadline-ms")) {
    const auto milliseconds = parse_unsigned(values["--deadline-ms"]);
    if (!milliseconds || *milliseconds > INT32_MAX) {
      return refuse("--deadline-ms: \"" + values["--deadline-ms"] +
                    "\" is no number of milliseconds");
    }
    line.deadline = std::chrono::milliseconds(*milliseconds);
  }
  return line;
}

}  // namespace gannet::agent
