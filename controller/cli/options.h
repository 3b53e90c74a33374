// The options of a command, as data: parsing, help, completion and documentation are made from it.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "controller/report/reporter.h"

namespace gannet::controller {

/// What a shell may offer as the value of an option or as an argument.
enum class Completes { kNothing, kFile, kFolder, kHosts, kServices, kEnvironments, kWords };

/// Where a parsed value goes. int: counts how often the flag stands there.
using OptionTarget =
    std::variant<bool*, int*, std::uint32_t*, std::string*, std::vector<std::string>*,
                 std::chrono::milliseconds*, OutputFormat*>;

struct OptionSpec {
  std::string short_name;  ///< one letter without "-"; may be empty
  std::string long_name;   ///< without "--"; may be empty
  std::string value_name;  ///< "FILE"; empty: a flag
  std::string help;        ///< one sentence without a full stop
  OptionTarget target;     ///< not owned; outlives the parser
  Completes completes = Completes::kNothing;
  std::vector<std::string> words;  ///< with kWords

  [[nodiscard]] bool is_flag() const { return value_name.empty(); }
  /// "-o, --output FORMAT".
  [[nodiscard]] std::string usage() const;
};

struct PositionalSpec {
  std::string name;  ///< "SERVICE"
  std::string help;
  std::vector<std::string>* target = nullptr;
  std::size_t min = 0, max = 1;
  Completes completes = Completes::kNothing;
  std::vector<std::string> words;

  /// "[SERVICE...]", "HOST".
  [[nodiscard]] std::string usage() const;
};

/// What a command accepts.
struct Options {
  std::vector<OptionSpec> options;
  std::vector<PositionalSpec> positionals;           ///< at most one may take more than one word
  std::vector<std::string>* after_dashes = nullptr;  ///< words after "--"; null: not accepted

  [[nodiscard]] const OptionSpec* find_long(std::string_view name) const;
  [[nodiscard]] const OptionSpec* find_short(char name) const;
};

/// Options that every command understands; they may stand before and after its name.
struct GlobalOptions {
  std::string folder;
  std::string project_file;  ///< empty: gannet.yaml, which may be missing
  std::vector<std::string> inventory_files;
  std::vector<std::string> selectors;
  std::string environment;
  OutputFormat format = OutputFormat::kText;
  std::uint32_t jobs = 0;
  std::chrono::milliseconds connect_timeout{10'000};
  bool yes = false;
  int quiet = 0;
  int verbose = 0;
  bool no_color = false;
  bool ask_become_password = false;
  bool ask_password = false;
};

/// The global options, filling `values`. `more_formats`: what --output also takes, for help and
/// completion.
[[nodiscard]] Options global_options(GlobalOptions& values,
                                     const std::vector<std::string>& more_formats = {});

}  // namespace gannet::controller
