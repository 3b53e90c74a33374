// gannet env list, show, get, render.
#include <filesystem>
#include <set>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/cli/application.h"
#include "controller/cli/commands.h"
#include "controller/cli/env_files.h"
#include "controller/deploy/mask_secrets.h"
#include "controller/report/table.h"
#include "controller/report/wording.h"
#include "playbooks/env_store.h"

namespace gannet::controller {
namespace {

using nlohmann::json;

json env_value_json(const std::string& key, const playbooks::EnvValue& value, bool masked,
                    const playbooks::Project& project) {
  json document{{"key", key},
                {"masked", masked},
                {"file", short_path(value.from.file, project)},
                {"line", value.from.line}};
  if (!masked) document["value"] = value.value;
  if (value.over) document["over"] = short_place(*value.over, project);
  return document;
}

class EnvList final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "env list"; }
  [[nodiscard]] std::string summary() const override {
    return "List the environments and their env files";
  }

  Result<ExitCode> run(Application& application) override {
    TRY(const auto project, load_env_project(application.options()));
    Table table({"ENVIRONMENT", "FILE", "KEYS", "NOTE"});
    auto documents = json::array();
    const auto row = [&](const std::string& name, const playbooks::EnvPaths& paths) {
      const auto shown = paths.own.empty() ? "" : short_path(paths.own.string(), project);
      const auto view = playbooks::read_env_view(paths);
      const auto note = note_on(paths.own, view.has_value());
      json document{{"environment", name}, {"file", shown}, {"note", note}};
      std::string keys = "-";
      if (view && !paths.own.empty()) {
        document["keys"] = keys_of(*view, paths.own);
        keys = std::to_string(keys_of(*view, paths.own));
      }
      table.add({{name}, {shown.empty() ? "-" : shown}, {keys}, {note, Tone::kNotice}});
      documents.push_back(std::move(document));
    };
    const auto common = playbooks::env_paths(project, nullptr).common;
    if (!common.empty()) row(std::string(kCommonEnv), {"", common});
    for (const auto& each : project.environments)
      row(each.name, playbooks::env_paths(project, &each));
    auto& reporter = application.reporter();
    reporter.attach("command", name());
    reporter.attach("environments", documents);
    reporter.print(table.empty()
                       ? "No environments, and no .env\n"
                       : table.render(application.view().style, application.view().columns));
    return ExitCode::kOk;
  }

 private:
  static std::size_t keys_of(const playbooks::EnvView& view, const std::filesystem::path& file) {
    std::size_t count = 0;
    for (const auto& [key, value] : view.values)
      if (value.from.file == file.string()) ++count;
    return count;
  }

  static std::string note_on(const std::filesystem::path& file, bool readable) {
    if (file.empty()) return "no env_file in gannet.yaml";
    std::error_code ec;
    const auto status = std::filesystem::status(file, ec);
    if (status.type() == std::filesystem::file_type::not_found) return "missing";
    if (!readable) return "cannot be read: gannet env check says why";
    constexpr auto kRead = std::filesystem::perms::others_read;
    const bool open = (status.permissions() & kRead) != std::filesystem::perms::none;
    return open ? "everybody on this machine can read it" : "";
  }
};

class EnvShow final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "env show"; }
  [[nodiscard]] std::string summary() const override {
    return "Show the variables of an environment and where each is set";
  }
  [[nodiscard]] std::string details() const override {
    return "The environment's own file lies over .env beside gannet.yaml. Values that look\n"
           "secret by their name or form are masked.";
  }
  Options options() override {
    Options options;
    options.positionals = {env_argument(environment_)};
    options.options = {reveal_option(reveal_)};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    TRY(const auto opened, open_env(application.options(), environment_.front()));
    const auto& [project, paths, view] = opened;
    Table table({"KEY", "VALUE", "FROM"});
    auto documents = json::array();
    const auto masked = reveal_ ? std::set<std::string>() : hidden_keys(view);
    for (const auto& [key, value] : view.values) {
      const bool hidden = masked.contains(key);
      auto from = short_place(value.from, project);
      if (value.over) from += " (over " + short_place(*value.over, project) + ")";
      table.add({{key},
                 {shown_value(value.value, hidden), hidden ? Tone::kMuted : Tone::kPlain},
                 {from, Tone::kMuted}});
      documents.push_back(env_value_json(key, value, hidden, project));
    }
    auto& reporter = application.reporter();
    reporter.attach("command", name());
    reporter.attach("environment", environment_.front());
    reporter.attach("variables", documents);
    if (view.values.empty()) {
      reporter.print("No variables are set\n");
      return ExitCode::kOk;
    }
    reporter.print(table.render(application.view().style, 0));
    if (!masked.empty() && !application.view().quiet)
      reporter.print(count_of(masked.size(), "value") + " masked; --reveal shows them\n");
    return ExitCode::kOk;
  }

 private:
  std::vector<std::string> environment_;
  bool reveal_ = false;
};

class EnvGet final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "env get"; }
  [[nodiscard]] std::string summary() const override { return "Print the value of one variable"; }
  [[nodiscard]] std::string details() const override {
    return "Prints the value alone, as Compose reads it, secret or not: it was asked for by\n"
           "name. Exit code 2 when it is not set.";
  }
  Options options() override {
    Options options;
    options.positionals = {env_argument(environment_),
                           {"KEY", "Name of the variable", &key_, 1, 1, Completes::kNothing, {}}};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    TRY(const auto opened, open_env(application.options(), environment_.front()));
    const auto& [project, paths, view] = opened;
    const auto& key = key_.front();
    const auto found = view.values.find(key);
    if (found == view.values.end()) {
      std::vector<std::string> known;
      known.reserve(view.values.size());
      for (const auto& [name, value] : view.values) known.push_back(name);
      const auto meant = nearest(key, known);
      return fail(Code::kNotFound,
                  "\"" + printable(key) + "\" is not set in " + environment_.front(),
                  meant ? "did you mean \"" + *meant + "\"?"
                        : "see: gannet env show " + shell_quote(environment_.front()));
    }
    auto& reporter = application.reporter();
    reporter.attach("command", name());
    reporter.attach("environment", environment_.front());
    reporter.attach("variable", env_value_json(key, found->second, false, project));
    reporter.print(found->second.value + "\n");
    return ExitCode::kOk;
  }

 private:
  std::vector<std::string> environment_, key_;
};

class EnvRender final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "env render"; }
  [[nodiscard]] std::string summary() const override {
    return "Print the env file of an environment as it is shipped";
  }
  [[nodiscard]] std::string details() const override {
    return "First the lines of .env, then those of the environment's own file: the last value\n"
           "of a name wins. Values that look secret are masked without --reveal.";
  }
  Options options() override {
    Options options;
    options.positionals = {env_argument(environment_)};
    options.options = {reveal_option(reveal_)};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    TRY(const auto opened, open_env(application.options(), environment_.front()));
    const auto& [project, paths, view] = opened;
    TRY(auto text, playbooks::merged_env_text(paths));
    std::size_t masked = 0;
    if (!reveal_) {
      TRY(text, mask(std::move(text), view, masked));
    }
    auto& reporter = application.reporter();
    reporter.attach("command", name());
    reporter.attach("environment", environment_.front());
    reporter.attach("masked", masked);
    reporter.attach("content", text);
    reporter.print(text);
    if (masked > 0)
      reporter.warning(count_of(masked, "value") + " masked: --reveal prints the file itself");
    return ExitCode::kOk;
  }

 private:
  /// Comments, too: a line that was commented out may still hold the old password.
  static Result<std::string> mask(std::string text, const playbooks::EnvView& view,
                                  std::size_t& masked) {
    TRY(const auto document, playbooks::EnvDocument::parse(text, ".env"));
    std::vector<std::string> values;
    for (const auto& key : hidden_keys(view)) values.push_back(view.values.at(key).value);
    const auto& entries = document.entries();
    for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
      const auto written = document.written(*entry);
      const auto found = view.values.find(entry->key);
      const bool hidden =
          hides_value(entry->key, written) || hides_value(entry->key, unquoted(written)) ||
          (found != view.values.end() && hides_value(entry->key, found->second.value));
      if (!hidden) continue;
      text.replace(entry->value_begin, written.size(), "********");
      ++masked;
    }
    return mask_secrets(text, values);
  }

  static std::string_view unquoted(std::string_view written) {
    if (written.size() < 2 || (written.front() != '"' && written.front() != '\'')) return written;
    return written.substr(1, written.size() - 2);
  }

  std::vector<std::string> environment_;
  bool reveal_ = false;
};

}  // namespace

std::unique_ptr<Command> make_env_list() { return std::make_unique<EnvList>(); }
std::unique_ptr<Command> make_env_show() { return std::make_unique<EnvShow>(); }
std::unique_ptr<Command> make_env_get() { return std::make_unique<EnvGet>(); }
std::unique_ptr<Command> make_env_render() { return std::make_unique<EnvRender>(); }

}  // namespace gannet::controller
