#include "controller/cli/options.h"

#include <algorithm>

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

Options global_options(GlobalOptions& values) {
  Options global;
  global.options = {
      {"C",
       "directory",
       "DIR",
       "Work as if started in DIR",
       &values.folder,
       Completes::kFolder,
       {}},
      {"f",
       "file",
       "FILE",
       "Project file; default gannet.yaml",
       &values.project_file,
       Completes::kFile,
       {}},
      {"i",
       "inventory",
       "FILE",
       "Inventory instead of the project's; may be repeated",
       &values.inventory_files,
       Completes::kFile,
       {}},
      {"",
       "on",
       "SELECTOR",
       "Only these hosts: role=pi, pi-*, @group, tag=x; , and | or ! not",
       &values.selectors,
       Completes::kHosts,
       {}},
      {"",
       "env",
       "NAME",
       "Environment of the project",
       &values.environment,
       Completes::kEnvironments,
       {}},
      {"o",
       "output",
       "FORMAT",
       "text, json or jsonl",
       &values.format,
       Completes::kWords,
       {"text", "json", "jsonl"}},
      {"j",
       "jobs",
       "N",
       "Hosts at once; default from the limits of this machine",
       &values.jobs,
       Completes::kNothing,
       {}},
      {"",
       "timeout",
       "DURATION",
       "Time to connect to a host; default 10s",
       &values.connect_timeout,
       Completes::kNothing,
       {}},
      {"y",
       "yes",
       "",
       "Do not ask before changing something",
       &values.yes,
       Completes::kNothing,
       {}},
      {"K",
       "ask-become-password",
       "",
       "Ask once for the password of sudo on the hosts",
       &values.ask_become_password,
       Completes::kNothing,
       {}},
      {"",
       "ask-password",
       "",
       "Allow SSH passwords and ask for one when keys are not enough",
       &values.ask_password,
       Completes::kNothing,
       {}},
      {"q", "quiet", "", "Only results and errors", &values.quiet, Completes::kNothing, {}},
      {"v",
       "verbose",
       "",
       "Every step as a line; twice: the log on stderr",
       &values.verbose,
       Completes::kNothing,
       {}},
      {"",
       "no-color",
       "",
       "No colors; so does the variable NO_COLOR",
       &values.no_color,
       Completes::kNothing,
       {}},
  };
  return global;
}

}  // namespace gannet::controller
