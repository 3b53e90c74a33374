#include "controller/cli/completion_script.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace gannet::controller {
namespace {

/// All of the command tree that a script needs.
struct Tree {
  std::vector<std::pair<std::string, std::string>> heads;  ///< name and summary
  std::map<std::string, std::vector<std::string>> groups;  ///< "agent" -> "remove", "version"
  std::map<std::string, Options> commands;
  std::map<std::string, std::vector<std::string>> formats;  ///< of --output, where there are more
  Options global;
};

Tree tree_of(const Commands& commands, GlobalOptions& values) {
  Tree tree;
  tree.global = global_options(values);
  for (const auto& command : commands) {
    if (!command->listed()) continue;
    const auto words = split(command->name(), ' ');
    const auto known =
        std::ranges::find(tree.heads, words.front(), &std::pair<std::string, std::string>::first);
    if (known == tree.heads.end())
      tree.heads.emplace_back(words.front(), words.size() == 1 ? command->summary()
                                             : words.front() == "env"
                                                 ? "Commands about env files"
                                                 : "Commands about the " + words.front());
    if (words.size() > 1) tree.groups[words.front()].push_back(words[1]);
    tree.commands[command->name()] = command->options();
    if (const auto formats = command->more_formats(); !formats.empty())
      tree.formats[command->name()] = formats;
  }
  return tree;
}

std::vector<std::string> names_of(const OptionSpec& option) {
  std::vector<std::string> names;
  if (!option.short_name.empty()) names.push_back("-" + option.short_name);
  if (!option.long_name.empty()) names.push_back("--" + option.long_name);
  return names;
}

std::vector<std::string> all_names(const Options& options) {
  std::vector<std::string> names;
  for (const auto& option : options.options)
    for (auto& name : names_of(option)) names.push_back(std::move(name));
  return names;
}

/// Every option that takes a value, each name once.
std::vector<const OptionSpec*> valued(const Tree& tree) {
  std::vector<const OptionSpec*> found;
  const auto add = [&](const Options& options) {
    for (const auto& option : options.options) {
      const auto same = [&](const OptionSpec* other) {
        return names_of(*other) == names_of(option);
      };
      if (!option.is_flag() && std::ranges::none_of(found, same)) found.push_back(&option);
    }
  };
  add(tree.global);
  for (const auto& [name, options] : tree.commands) add(options);
  return found;
}

/// The command that prints possible words, one a line. `context`: -C, -f and -i as typed so far.
std::string words_command(Completes completes, const std::vector<std::string>& words,
                          const std::string& context) {
  switch (completes) {
    case Completes::kHosts:
      return "gannet " + context + "__complete hosts 2>/dev/null";
    case Completes::kServices:
      return "gannet " + context + "__complete services 2>/dev/null";
    case Completes::kEnvironments:
      return "gannet " + context + "__complete environments 2>/dev/null";
    case Completes::kWords:
      return "printf '%s\\n' " + join(words, " ");
    case Completes::kNothing:
    case Completes::kFile:
    case Completes::kFolder:
      return "";
  }
  return "";
}

/// What --output takes with a command that writes `more`.
std::vector<std::string> all_formats(const Tree& tree, const std::vector<std::string>& more) {
  auto words = tree.global.find_long("output")->words;
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// What stands between the shells' own beginnings and ends: bash and zsh read the same text.
/// Expects cur, prev, path and context; calls _gannet_words, _gannet_files, _gannet_folders.
std::string dispatch(const Tree& tree) {
  const std::string context = "\"${context[@]}\" ";
  const auto offer = [&](Completes completes, const std::vector<std::string>& words) {
    if (completes == Completes::kFile) return std::string("_gannet_files");
    if (completes == Completes::kFolder) return std::string("_gannet_folders");
    const auto command = words_command(completes, words, context);
    return command.empty() ? std::string(":") : "_gannet_words \"$(" + command + ")\"";
  };
  std::string text = "  case \"$path $prev\" in\n";
  for (const auto& [name, formats] : tree.formats)
    text.append("    '")
        .append(name)
        .append(" -o'|'")
        .append(name)
        .append(" --output') ")
        .append(offer(Completes::kWords, all_formats(tree, formats)) + "; return ;;\n");
  text += "  esac\n  case \"$prev\" in\n";
  for (const auto* option : valued(tree))
    text += "    " + join(names_of(*option), "|") + ") " + offer(option->completes, option->words) +
            "; return ;;\n";
  text += "  esac\n  case \"$cur\" in\n    -*)\n      case \"$path\" in\n";
  const auto global = join(all_names(tree.global), " ") + " -h --help";
  const auto offer_options = [](const std::string& names) {
    return "_gannet_words \"$(printf '%s\\n' " + names + ")\"";
  };
  for (const auto& [name, options] : tree.commands)
    if (!options.options.empty())
      text += "        '" + name + "') " +
              offer_options(join(all_names(options), " ") + " " + global) + " ;;\n";
  text += "        *) " + offer_options(global) + " ;;\n      esac\n      return ;;\n  esac\n";
  text += "  case \"$path\" in\n";
  std::vector<std::string> heads;
  heads.reserve(tree.heads.size());
  for (const auto& [name, summary] : tree.heads) heads.push_back(name);
  text += "    '') _gannet_words \"$(printf '%s\\n' " + join(heads, " ") + ")\" ;;\n";
  for (const auto& [group, members] : tree.groups)
    text +=
        "    '" + group + "') _gannet_words \"$(printf '%s\\n' " + join(members, " ") + ")\" ;;\n";
  for (const auto& [name, options] : tree.commands)
    if (!options.positionals.empty())
      text += "    '" + name + "') " +
              offer(options.positionals.front().completes, options.positionals.front().words) +
              " ;;\n";
  return text + "  esac\n";
}

/// The loop that finds the command among the words before the cursor; bash and zsh alike.
std::string walk(const Tree& tree, const std::string& words, const std::string& first,
                 const std::string& end) {
  std::vector<std::string> names, groups;
  for (const auto* option : valued(tree))
    for (auto& name : names_of(*option)) names.push_back(std::move(name));
  for (const auto& [group, members] : tree.groups) groups.push_back(group);
  return "  local i word path=''\n  local -a context\n  context=()\n"
         "  for ((i = " +
         first + "; i < " + end +
         "; i++)); do\n"
         "    word=${" +
         words +
         "[i]}\n"
         "    case \"$word\" in\n"
         "      --) return ;;\n"
         "      -C|--directory|-f|--file|-i|--inventory)\n"
         "        ((i++)); context+=(\"$word\" \"${" +
         words +
         "[i]}\") ;;\n"
         "      " +
         join(names, "|") +
         ") ((i++)) ;;\n"
         "      -*) ;;\n"
         "      *)\n"
         "        case \"$path\" in\n"
         "          '') path=$word ;;\n"
         "          " +
         join(groups, "|") +
         ") path=\"$path $word\" ;;\n"
         "        esac ;;\n"
         "    esac\n"
         "  done\n";
}

}  // namespace

std::string bash_completion(const Commands& commands) {
  GlobalOptions values;
  const auto tree = tree_of(commands, values);
  return "# bash completion for gannet; to use it: source <(gannet completion bash)\n"
         "_gannet_words() {\n"
         "  local IFS=$'\\n'\n"
         "  COMPREPLY=($(compgen -W \"$1\" -- \"$cur\"))\n"
         "}\n"
         "_gannet_files() { local IFS=$'\\n'; COMPREPLY=($(compgen -f -- \"$cur\")); }\n"
         "_gannet_folders() { local IFS=$'\\n'; COMPREPLY=($(compgen -d -- \"$cur\")); }\n"
         "_gannet() {\n"
         "  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  COMPREPLY=()\n" +
         walk(tree, "COMP_WORDS", "1", "COMP_CWORD") + dispatch(tree) +
         "}\ncomplete -o filenames -F _gannet gannet\n";
}

std::string zsh_completion(const Commands& commands) {
  GlobalOptions values;
  const auto tree = tree_of(commands, values);
  return "#compdef gannet\n"
         "# zsh completion for gannet; to use it: source <(gannet completion zsh)\n"
         "_gannet_words() { compadd -- ${(f)1} }\n"
         "_gannet_files() { _files }\n"
         "_gannet_folders() { _files -/ }\n"
         "_gannet() {\n"
         "  local cur=${words[CURRENT]} prev=${words[CURRENT-1]}\n" +
         walk(tree, "words", "2", "CURRENT") + dispatch(tree) +
         "}\nif [ \"$funcstack[1]\" = _gannet ]; then _gannet \"$@\"; else compdef _gannet gannet; "
         "fi\n";
}

std::string fish_completion(const Commands& commands) {
  GlobalOptions values;
  const auto tree = tree_of(commands, values);
  std::string text =
      "# fish completion for gannet; to use it: gannet completion fish | source\n"
      "complete -c gannet -f\n";
  const auto quoted = [](const std::string& value) { return shell_quote(value); };
  const auto seen = [](const std::string& command) {
    const auto words = split(command, ' ');
    std::string condition = "__fish_seen_subcommand_from " + words.front();
    if (words.size() > 1) condition += "; and __fish_seen_subcommand_from " + words[1];
    return condition;
  };
  const auto values_of = [&](Completes completes, const std::vector<std::string>& words) {
    if (completes == Completes::kFile) return std::string(" -r -F");
    if (completes == Completes::kFolder)
      return std::string(" -x -a '(__fish_complete_directories)'");
    const auto command = words_command(completes, words, "");
    if (completes == Completes::kWords) return " -x -a " + quoted(join(words, " "));
    return command.empty() ? std::string(" -x") : " -x -a " + quoted("(" + command + ")");
  };
  const auto option_lines = [&](const Options& options, const std::string& condition) {
    for (const auto& option : options.options) {
      text += "complete -c gannet" + condition;
      if (!option.short_name.empty()) text += " -s " + option.short_name;
      if (!option.long_name.empty()) text += " -l " + option.long_name;
      if (!option.is_flag()) text += values_of(option.completes, option.words);
      text += " -d " + quoted(option.help) + "\n";
    }
  };
  option_lines(tree.global, "");
  for (const auto& [name, summary] : tree.heads)
    text +=
        "complete -c gannet -n __fish_use_subcommand -a " + name + " -d " + quoted(summary) + "\n";
  for (const auto& [group, members] : tree.groups)
    text +=
        "complete -c gannet -n " + quoted(seen(group)) + " -a " + quoted(join(members, " ")) + "\n";
  for (const auto& [name, options] : tree.commands) {
    const auto condition = " -n " + quoted(seen(name));
    option_lines(options, condition);
    if (const auto more = tree.formats.find(name); more != tree.formats.end())
      text += "complete -c gannet" + condition + " -s o -l output -x -a " +
              quoted(join(more->second, " ")) + "\n";
    if (options.positionals.empty()) continue;
    const auto& positional = options.positionals.front();
    const auto command = words_command(positional.completes, positional.words, "");
    if (!command.empty())
      text += "complete -c gannet" + condition + " -a " + quoted("(" + command + ")") + "\n";
  }
  return text;
}

}  // namespace gannet::controller
