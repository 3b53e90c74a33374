#include "controller/cli/options.h"

#include <algorithm>

#include "base/text.h"

namespace gannet::controller {

std::string OptionSpec::usage() const {
  std::string text = short_name.empty() ? "    " : "-" + short_name;
  if (!long_name.empty()) text += (short_name.empty() ? "--" : ", --") + long_name;
  return is_flag() ? text : text + " " + value_name;
}

std::string PositionalSpec::usage() const {
  const auto word = max > 1 ? name + "..." : name;
  return min == 0 ? "[" + word + "]" : word;
}

const OptionSpec* Options::find_long(std::string_view name) const {
  const auto found = std::ranges::find(options, name, &OptionSpec::long_name);
  return name.empty() || found == options.end() ? nullptr : &*found;
}

const OptionSpec* Options::find_short(char name) const {
  const auto found = std::ranges::find(options, std::string(1, name), &OptionSpec::short_name);
  return found == options.end() ? nullptr : &*found;
}

namespace {

OptionSpec flag(const char* short_name, const char* long_name, OptionTarget target,
                const char* help) {
  return {short_name, long_name, "", help, target, Completes::kNothing, {}};
}

OptionSpec value(const char* short_name, const char* long_name, const char* value_name,
                 OptionTarget target, Completes completes, const char* help) {
  return {short_name, long_name, value_name, help, target, completes, {}};
}

}  // namespace

Options global_options(GlobalOptions& values, const std::vector<std::string>& more_formats) {
  Options global;
  global.options = {
      value("C", "directory", "DIR", &values.folder, Completes::kFolder,
            "Work as if started in DIR"),
      value("f", "file", "FILE", &values.project_file, Completes::kFile,
            "Project file; default gannet.yaml"),
      value("i", "inventory", "FILE", &values.inventory_files, Completes::kFile,
            "Inventory instead of the project's; may be repeated"),
      value("", "on", "SELECTOR", &values.selectors, Completes::kHosts,
            "Only these hosts: role=pi, pi-*, @group, tag=x; , and | or ! not"),
      value("", "env", "NAME", &values.environment, Completes::kEnvironments,
            "Environment of the project"),
      value("o", "output", "FORMAT", &values.format, Completes::kWords, "text, json or jsonl"),
      value("j", "jobs", "N", &values.jobs, Completes::kNothing,
            "Hosts at once; default from the limits of this machine"),
      value("", "timeout", "DURATION", &values.connect_timeout, Completes::kNothing,
            "Time to connect to a host; default 10s"),
      flag("y", "yes", &values.yes, "Do not ask before changing something"),
      flag("K", "ask-become-password", &values.ask_become_password,
           "Ask once for the password of sudo on the hosts"),
      flag("", "ask-password", &values.ask_password,
           "Allow SSH passwords and ask for one when keys are not enough"),
      flag("q", "quiet", &values.quiet, "Only results and errors"),
      flag("v", "verbose", &values.verbose, "Every step as a line; twice: the log on stderr"),
      flag("", "no-color", &values.no_color, "No colors; so does the variable NO_COLOR"),
  };
  for (auto& option : global.options) {
    if (option.long_name != "output") continue;
    option.words = {"text", "json", "jsonl"};
    option.words.insert(option.words.end(), more_formats.begin(), more_formats.end());
    const std::vector<std::string> first(option.words.begin(), option.words.end() - 1);
    option.help = join(first, ", ") + " or " + option.words.back();
  }
  return global;
}

}  // namespace gannet::controller
