// gannet env set, unset. Commands that encrypt files belong beside these.
#include <array>
#include <cerrno>
#include <filesystem>

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/cli/application.h"
#include "controller/cli/commands.h"
#include "controller/cli/env_files.h"
#include "controller/report/wording.h"
#include "playbooks/env_form.h"
#include "playbooks/env_store.h"
#include "playbooks/env_systemd.h"

namespace gannet::controller {
namespace {

using nlohmann::json;
using playbooks::EnvEdit;
using playbooks::EnvReader;

constexpr std::size_t kMaxEnvValue = 1'000'000;  // bytes

Result<std::string> value_from_stdin() {
  std::string value;
  std::array<char, 16'384> buffer{};
  for (;;) {
    const auto count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(Code::kIo, "read the value from stdin", errno);
    if (count == 0) break;
    value.append(buffer.data(), static_cast<std::size_t>(count));
    if (value.size() > kMaxEnvValue)
      return fail(Code::kInvalidInput, "--from-stdin: the value is larger than 1 MB",
                  "ship it as a file of the service instead");
  }
  if (value.ends_with('\n')) value.pop_back();  // what echo and editors add
  if (value.ends_with('\r')) value.pop_back();
  return value;
}

/// Where `set` and `unset` write. Errors: the environment has no file.
Result<std::filesystem::path> file_to_edit(const playbooks::Project& project,
                                           const std::string& environment) {
  TRY(const auto paths, env_paths_of(project, environment));
  if (!paths.own.empty()) return paths.own;
  return fail(Code::kInvalidInput, "environment " + environment + " has no env_file",
              "add env_file: .env." + environment + " to it in " + project.file);
}

Result<EnvReader> env_reader(const std::string& name) {
  if (name.empty() || name == "both") return EnvReader::kBoth;
  if (name == "compose") return EnvReader::kCompose;
  if (name == "systemd") return EnvReader::kSystemd;
  return fail(Code::kInvalidInput, "--for: \"" + printable(name) + "\" is not known",
              "one of both, compose, systemd");
}

json edit_json(const std::string& key, const EnvEdit& edit, std::string_view what) {
  return {{"key", key}, {"change", what}, {"line", edit.line}, {"other_lines", edit.others}};
}

/// What was done, for people and for programs.
struct EditReport {
  std::string text;
  json changes;
};

void report_edit(Application& application, const Command& command, const std::string& environment,
                 const std::string& file, const EditReport& done) {
  auto& reporter = application.reporter();
  reporter.attach("command", command.name());
  reporter.attach("environment", environment);
  reporter.attach("file", file);
  reporter.attach("changes", done.changes);
  reporter.print(done.text);
}

class EnvSet final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "env set"; }
  [[nodiscard]] std::string summary() const override {
    return "Set variables in the env file of an environment";
  }
  [[nodiscard]] std::string details() const override {
    return "Changes the line that is in force or adds one at the end; everything else in the\n"
           "file stays as it is. KEY alone asks for the value on the terminal, so that it is in\n"
           "no history. The value is quoted so that Compose and systemd read the same.";
  }
  Options options() override {
    Options options;
    options.positionals = {
        env_argument(environment_),
        {"KEY[=VALUE]", "What to set", &assignments_, 1, 1'000, Completes::kNothing, {}}};
    options.options = {{"",
                        "from-stdin",
                        "",
                        "Read the value of the one KEY from stdin",
                        &from_stdin_,
                        Completes::kNothing,
                        {}},
                       {"",
                        "raw",
                        "",
                        "Write VALUE as it is, with your own quotes and ${VAR}",
                        &raw_,
                        Completes::kNothing,
                        {}},
                       {"",
                        "for",
                        "READER",
                        "Who reads the file: both, compose or systemd; default both",
                        &for_,
                        Completes::kWords,
                        {"both", "compose", "systemd"}}};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    TRY(const auto reader, env_reader(for_));
    TRY(const auto project, load_env_project(application.options()));
    TRY(const auto file, file_to_edit(project, environment_.front()));
    TRY(const auto forms, read_forms(application, reader));
    const auto shown = short_path(file.string(), project);
    std::string text;
    auto documents = json::array();
    const auto edited = playbooks::edit_env_text(file, [&](std::string old) {
      return edit(std::move(old), shown, forms, reader, text, documents);
    });
    if (!edited) return fail(edited.error());
    report_edit(application, *this, environment_.front(), shown, {text, documents});
    return ExitCode::kOk;
  }

 private:
  using Forms = std::vector<std::pair<std::string, std::string>>;

  /// The new text; what was done goes to `text` and `documents`.
  static Result<std::string> edit(std::string old, const std::string& file, const Forms& forms,
                                  EnvReader reader, std::string& text, json& documents) {
    TRY(auto document, playbooks::EnvDocument::parse(std::move(old), file));
    for (const auto& [key, form] : forms) {
      TRY(const auto done, document.set(key, form, reader));
      TRY_VOID(check_in_context(document, key, form, reader));
      const auto* what = done.unchanged ? "unchanged" : done.added ? "added" : "changed";
      text.append(file).append(":").append(std::to_string(done.line)).append(": ").append(key);
      text.append(" ").append(what).append("\n").append(notes_on(document, key, done));
      documents.push_back(edit_json(key, done, what));
    }
    return document.text();
  }

  Result<Forms> read_forms(Application& application, EnvReader reader) const {
    if (from_stdin_ &&
        (assignments_.size() != 1 || assignments_.front().find('=') != std::string::npos))
      return fail(Code::kInvalidInput, "--from-stdin: needs one KEY without a value",
                  "gannet env set " + shell_quote(environment_.front()) + " KEY --from-stdin");
    Forms forms;
    for (const auto& word : assignments_) {
      const auto sign = word.find('=');
      const auto key = word.substr(0, sign);
      TRY_VOID(playbooks::check_env_key(key, reader));
      std::string value = sign == std::string::npos ? "" : word.substr(sign + 1);
      if (sign == std::string::npos) {
        TRY(value, ask(application, key));
      }
      if (raw_) {
        TRY_VOID(playbooks::check_env_form(key, value, reader));
      } else {
        TRY(value, playbooks::env_form(key, value, reader));
      }
      forms.emplace_back(key, std::move(value));
    }
    return forms;
  }

  Result<std::string> ask(Application& application, const std::string& key) const {
    if (from_stdin_) return value_from_stdin();
    auto& prompter = application.parts().prompter;
    if (!prompter.available())
      return fail(Code::kInvalidInput, key + ": no value, and no terminal to ask on",
                  "write KEY=VALUE, or pipe the value in and add --from-stdin");
    TRY(const auto secret, prompter.ask_secret("value of " + key));
    return std::string(secret.reveal());
  }

  /// What stands around a line can change how systemd reads it: a "\" above, a byte order mark.
  static Result<> check_in_context(const playbooks::EnvDocument& document, const std::string& key,
                                   const std::string& form, EnvReader reader) {
    if (reader == EnvReader::kCompose) return {};
    const auto alone = playbooks::parse_systemd_env(key + "=" + form + "\n").variables;
    const auto here = playbooks::parse_systemd_env(document.text()).variables;
    const auto found = here.find(key);
    if (found != here.end() && found->second == alone.at(key)) return {};
    return fail(Code::kInvalidInput,
                document.find(key)->from.file + ": systemd would not read the new line of " + key +
                    " because of what stands around it",
                "see: gannet env check; or, if only Compose reads the file, add --for compose");
  }

  static std::string notes_on(const playbooks::EnvDocument& document, const std::string& key,
                              const EnvEdit& edit) {
    std::string text;
    if (edit.others > 0) {
      std::vector<std::string> lines;
      for (const auto& entry : document.entries())
        if (entry.key == key && entry.from.line != edit.line)
          lines.push_back(std::to_string(entry.from.line));
      text += "  " + key + " is set in line " + join(lines, ", ") +
              " as well; the last one is in force\n";
    }
    if (edit.comment_moved)
      text +=
          "  the comment behind it stands above it now: systemd would take it for a part of "
          "the value\n";
    return text;
  }

  std::vector<std::string> environment_, assignments_;
  std::string for_;
  bool from_stdin_ = false, raw_ = false;
};

class EnvUnset final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "env unset"; }
  [[nodiscard]] std::string summary() const override {
    return "Remove variables from the env file of an environment";
  }
  [[nodiscard]] std::string details() const override {
    return "Removes every line that sets KEY; comments stay. Nothing is removed from .env\n"
           "beneath: name the environment \"common\" for that.";
  }
  Options options() override {
    Options options;
    options.positionals = {env_argument(environment_),
                           {"KEY", "What to remove", &keys_, 1, 1'000, Completes::kNothing, {}}};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    TRY(const auto project, load_env_project(application.options()));
    TRY(const auto paths, env_paths_of(project, environment_.front()));
    TRY(const auto file, file_to_edit(project, environment_.front()));
    TRY([[maybe_unused]] const auto there, playbooks::read_env_text(file));
    const auto shown = short_path(file.string(), project);
    std::string text;
    auto documents = json::array();
    const auto edited = playbooks::edit_env_text(file, [&](std::string old) -> Result<std::string> {
      TRY(auto document, playbooks::EnvDocument::parse(std::move(old), shown));
      for (const auto& key : keys_) {
        TRY(const auto edit, document.unset(key));
        text.append(shown).append(": ").append(key).append(" removed").append(lines_of(edit));
        text.append("\n").append(beneath(paths, key, project));
        documents.push_back(edit_json(key, edit, "removed"));
      }
      return document.text();
    });
    if (!edited) return fail(edited.error());
    report_edit(application, *this, environment_.front(), shown, {text, documents});
    return ExitCode::kOk;
  }

 private:
  static std::string lines_of(const EnvEdit& edit) {
    if (edit.others == 0) return "";
    return " (" + count_of(static_cast<std::size_t>(edit.others) + 1, "line") + ")";
  }

  /// Says so when the value of the common file is in force from now on.
  static std::string beneath(const playbooks::EnvPaths& paths, const std::string& key,
                             const playbooks::Project& project) {
    if (paths.common.empty()) return "";
    const auto view = playbooks::read_env_view({"", paths.common});
    if (!view) return "";
    const auto found = view->values.find(key);
    if (found == view->values.end()) return "";
    return "  the value of " + short_place(found->second.from, project) + " is in force now\n";
  }

  std::vector<std::string> environment_, keys_;
};

}  // namespace

std::unique_ptr<Command> make_env_set() { return std::make_unique<EnvSet>(); }
std::unique_ptr<Command> make_env_unset() { return std::make_unique<EnvUnset>(); }

}  // namespace gannet::controller
