#include "controller/cli/parser.h"

#include <algorithm>

#include <CLI/CLI.hpp>

#include "base/text.h"
#include "controller/cli/help.h"

namespace gannet::controller {
namespace {

/// The words of the command line, sorted by what they are.
struct Words {
  std::vector<std::string> command;  ///< one or two
  std::vector<std::string> rest;     ///< options and arguments before "--"
  std::vector<std::string> after_dashes;
  bool dashes = false;
  bool help = false;
};

bool is_option(const std::string& word) { return word.size() > 1 && word.front() == '-'; }

/// The option that `word` names, looked for in all of `sets`.
const OptionSpec* find_option(const std::vector<const Options*>& sets, const std::string& word) {
  for (const auto* set : sets) {
    const bool is_long = word.starts_with("--");
    const auto name = is_long ? word.substr(2, word.find('=') - 2) : word.substr(1, 1);
    const auto* option = is_long ? set->find_long(name) : set->find_short(name.front());
    if (option != nullptr) return option;
  }
  return nullptr;
}

/// True when the value of the option in `word` is the next word.
bool takes_next(const OptionSpec& option, const std::string& word) {
  if (option.is_flag()) return false;
  return word.starts_with("--") ? word.find('=') == std::string::npos : word.size() == 2;
}

std::vector<std::string> heads(const Commands& commands) {
  std::vector<std::string> names;
  for (const auto& command : commands) {
    if (!command->listed()) continue;
    const auto name = split(command->name(), ' ').front();
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  return names;
}

std::vector<std::string> members(const Commands& commands, const std::string& group) {
  std::vector<std::string> names;
  for (const auto& command : commands)
    if (command->name().starts_with(group + " "))
      names.push_back(command->name().substr(group.size() + 1));
  return names;
}

Command* find_command(const Commands& commands, const std::string& name) {
  const auto found =
      std::ranges::find_if(commands, [&](const auto& command) { return command->name() == name; });
  return found == commands.end() ? nullptr : found->get();
}

/// Finds the command among the words: the first (for a group: the first two) that is neither an
/// option nor the value of one.
Words sort_words(const std::vector<std::string>& words, const Commands& commands,
                 const std::vector<const Options*>& sets) {
  Words sorted;
  std::size_t wanted = 1;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (word == "--") {
      sorted.dashes = true;
      sorted.after_dashes.assign(words.begin() + static_cast<std::ptrdiff_t>(i) + 1, words.end());
      return sorted;
    }
    const bool help_command = sorted.command.empty() && word == "help";
    if (word == "-h" || word == "--help" || help_command) {
      sorted.help = true;
    } else if (is_option(word)) {
      sorted.rest.push_back(word);
      const auto* option = find_option(sets, word);
      if (option != nullptr && takes_next(*option, word) && i + 1 < words.size() &&
          words[i + 1] != "-h" && words[i + 1] != "--help")
        sorted.rest.push_back(words[++i]);
    } else if (sorted.command.size() < wanted) {
      sorted.command.push_back(word);
      if (!members(commands, word).empty()) wanted = 2;
    } else {
      sorted.rest.push_back(word);
    }
  }
  return sorted;
}

tl::unexpected<Error> usage_error(std::string what, const std::optional<std::string>& meant,
                                  const std::string& see) {
  return fail(Code::kInvalidInput, std::move(what),
              meant ? "did you mean \"" + *meant + "\"?" : "see: gannet " + see + "--help");
}

Result<Command*> resolve(const Words& words, const Commands& commands) {
  if (words.command.empty()) return usage_error("no command", std::nullopt, "");
  const auto& head = words.command.front();
  if (auto* command = find_command(commands, join(words.command, " "))) return command;
  const auto names = members(commands, head);
  if (names.empty())
    return usage_error("unknown command \"" + printable(head) + "\"",
                       nearest(head, heads(commands)), "");
  if (words.command.size() == 1)
    return fail(Code::kInvalidInput, head + ": which of " + join(names, ", ") + "?",
                "for example: gannet " + head + " " + names.front());
  return usage_error("unknown command \"" + head + " " + printable(words.command[1]) + "\"",
                     nearest(words.command[1], names), head + " ");
}

// ---- values -----------------------------------------------------------------------------------

/// Stores `text` behind the option's pointer. Throws what CLI11 expects from a conversion.
void store(const std::string& name, const std::string& text, OutputFormat* target) {
  if (text == "text")
    *target = OutputFormat::kText;
  else if (text == "json")
    *target = OutputFormat::kJson;
  else if (text == "jsonl")
    *target = OutputFormat::kJsonLines;
  else if (text == "sarif")
    *target = OutputFormat::kSarif;
  else if (text == "github")
    *target = OutputFormat::kGithub;
  else if (text == "markdown")
    *target = OutputFormat::kMarkdown;
  else
    throw CLI::ValidationError(name + ": \"" + text + "\" is not text, json or jsonl");
}

void store(const std::string& name, const std::string& text, std::chrono::milliseconds* target) {
  const auto duration = parse_duration(text);
  if (!duration)
    throw CLI::ValidationError(name + ": \"" + text +
                               "\" is not a duration such as 500ms, 10s, 2m");
  *target = *duration;
}

void store(const std::string& name, const std::string& text, std::uint32_t* target) {
  constexpr std::size_t kMaxDigits = 6;
  const bool digits = !text.empty() && text.size() <= kMaxDigits &&
                      text.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || std::stoul(text) == 0)
    throw CLI::ValidationError(name + ": \"" + text + "\" is not a number from 1 to 999999");
  *target = static_cast<std::uint32_t>(std::stoul(text));
}

void add_option(CLI::App& app, const OptionSpec& spec) {
  std::string names = spec.short_name.empty() ? "" : "-" + spec.short_name;
  if (!spec.long_name.empty()) names += (names.empty() ? "--" : ",--") + spec.long_name;
  const std::string shown = "--" + spec.long_name;
  const auto add = [&](auto* target) {
    using Value = std::remove_pointer_t<decltype(target)>;
    if constexpr (std::is_same_v<Value, bool> || std::is_same_v<Value, int>) {
      app.add_flag(names, *target);
    } else if constexpr (std::is_same_v<Value, std::vector<std::string>>) {
      app.add_option(names, *target)->allow_extra_args(false)->take_all();
    } else if constexpr (std::is_same_v<Value, std::string>) {
      app.add_option(names, *target);
    } else {
      app.add_option_function<std::string>(
          names, [shown, target](const std::string& text) { store(shown, text, target); });
    }
  };
  std::visit(add, spec.target);
}

/// Name of a format that only some commands write; empty for those that all write.
std::string special_name(OutputFormat format) {
  switch (format) {
    case OutputFormat::kText:
    case OutputFormat::kJson:
    case OutputFormat::kJsonLines:
      return {};
    case OutputFormat::kSarif:
      return "sarif";
    case OutputFormat::kGithub:
      return "github";
    case OutputFormat::kMarkdown:
      return "markdown";
  }
  return {};
}

Result<> check_format(OutputFormat format, const Command& command, const Commands& commands) {
  const auto name = special_name(format);
  if (name.empty()) return {};
  const auto knows = [&](const Command& one) {
    const auto formats = one.more_formats();
    return std::ranges::find(formats, name) != formats.end();
  };
  if (knows(command)) return {};
  std::vector<std::string> names;
  for (const auto& one : commands)
    if (knows(*one)) names.push_back("\"gannet " + one->name() + "\"");
  return fail(Code::kInvalidInput,
              "--output: " + command.name() + " does not write " + name + ", only " +
                  join(names, ", ") + (names.size() == 1 ? " does" : " do"),
              "use text, json or jsonl");
}

// ---- errors -----------------------------------------------------------------------------------

std::vector<std::string> option_names(const std::vector<const Options*>& sets) {
  std::vector<std::string> names{"--help"};
  for (const auto* set : sets)
    for (const auto& option : set->options)
      if (!option.long_name.empty()) names.push_back("--" + option.long_name);
  return names;
}

Result<> refuse_unknown(const std::vector<std::string>& words,
                        const std::vector<const Options*>& sets, const std::string& see) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!is_option(words[i])) continue;
    const auto* option = find_option(sets, words[i]);
    const auto name = words[i].substr(0, words[i].find('='));
    if (option == nullptr)
      return usage_error("unknown option \"" + printable(name) + "\"",
                         nearest(name, option_names(sets)), see);
    if (!takes_next(*option, words[i])) continue;
    if (i + 1 == words.size())
      return fail(Code::kInvalidInput, name + ": needs a value (" + option->value_name + ")",
                  option->help);
    ++i;
  }
  return {};
}

Result<> store_positionals(std::vector<std::string> words, Options& options,
                           const std::string& see) {
  for (auto& positional : options.positionals) {
    const auto count = std::min(words.size(), positional.max);
    if (count < positional.min)
      return usage_error("missing argument " + positional.name, std::nullopt, see);
    const auto end = words.begin() + static_cast<std::ptrdiff_t>(count);
    positional.target->assign(words.begin(), end);
    words.erase(words.begin(), end);
  }
  if (words.empty()) return {};
  if (options.after_dashes != nullptr)
    return fail(Code::kInvalidInput, "unexpected argument \"" + printable(words.front()) + "\"",
                "write the command for the hosts after \"--\"");
  return usage_error("unexpected argument \"" + printable(words.front()) + "\"", std::nullopt, see);
}

Result<> parse_options(const Words& words, const std::vector<const Options*>& sets,
                       Options& options, const std::string& see) {
  TRY_VOID(refuse_unknown(words.rest, sets, see));
  CLI::App app;
  app.set_help_flag("");
  app.allow_extras();
  for (const auto* set : sets)
    for (const auto& option : set->options) add_option(app, option);
  try {
    // CLI11 takes the words from the end.
    app.parse(std::vector<std::string>(words.rest.rbegin(), words.rest.rend()));
  } catch (const CLI::ParseError& error) {
    return usage_error(printable(error.what()), std::nullopt, see);
  }
  return store_positionals(app.remaining(), options, see);
}

}  // namespace

Result<Parsed> parse(const std::vector<std::string>& words, const Commands& commands,
                     GlobalOptions& global) {
  const auto everywhere = global_options(global);
  std::vector<Options> each;
  each.reserve(commands.size());
  for (const auto& command : commands) each.push_back(command->options());
  std::vector<const Options*> all{&everywhere};
  for (const auto& options : each) all.push_back(&options);

  const auto sorted = sort_words(words, commands, all);
  if (sorted.help && sorted.command.empty()) return Parsed{program_help(commands), nullptr};
  if (sorted.help && sorted.command.size() == 1 &&
      !members(commands, sorted.command.front()).empty())
    return Parsed{group_help(commands, sorted.command.front()), nullptr};
  const auto resolved = resolve(sorted, commands);
  if (!resolved && sorted.help) return Parsed{program_help(commands), nullptr};
  TRY(auto* command, resolved);
  if (sorted.help) return Parsed{command_help(*command), nullptr};

  auto options = command->options();
  const auto see = command->name() + " ";
  TRY_VOID(parse_options(sorted, {&everywhere, &options}, options, see));
  TRY_VOID(check_format(global.format, *command, commands));
  if (sorted.dashes && options.after_dashes == nullptr)
    return usage_error("nothing may follow \"--\"", std::nullopt, see);
  if (options.after_dashes != nullptr) *options.after_dashes = sorted.after_dashes;
  return Parsed{std::nullopt, command};
}

OutputFormat requested_format(const std::vector<std::string>& words) {
  auto format = OutputFormat::kText;
  for (std::size_t i = 0; i < words.size() && words[i] != "--"; ++i) {
    std::string value;
    if ((words[i] == "-o" || words[i] == "--output") && i + 1 < words.size()) value = words[i + 1];
    if (words[i].starts_with("--output=")) value = words[i].substr(9);
    if (words[i].starts_with("-o") && words[i].size() > 2) value = words[i].substr(2);
    if (value == "json" || value == "=json") format = OutputFormat::kJson;
    if (value == "jsonl" || value == "=jsonl") format = OutputFormat::kJsonLines;
  }
  return format;
}

}  // namespace gannet::controller
