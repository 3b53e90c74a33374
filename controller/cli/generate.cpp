// gannet generate.
#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "base/unique_fd.h"
#include "controller/cli/application.h"
#include "controller/cli/commands.h"
#include "controller/cli/env_files.h"
#include "controller/report/wording.h"
#include "inventory/yaml_node.h"
#include "playbooks/generate/writers.h"

namespace gannet::controller {
namespace {

namespace fs = std::filesystem;
using playbooks::GeneratedFile;

constexpr std::uintmax_t kMaxGeneratedBytes = 10'000'000;

enum class FileState { kCurrent, kMissing, kOutdated, kEdited };

std::string_view to_string(FileState state) {
  switch (state) {
    case FileState::kCurrent:
      return "unchanged";
    case FileState::kMissing:
      return "missing";
    case FileState::kOutdated:
      return "outdated";
    case FileState::kEdited:
      return "edited by hand";
  }
  return "";
}

/// A generated file and what is on disk.
struct Compared {
  GeneratedFile file;
  fs::path target;  ///< links resolved
  FileState state = FileState::kCurrent;
  std::string diff;
};

Result<Compared> compare(GeneratedFile file, const fs::path& root) {
  Compared found;
  std::error_code ec;
  const fs::path top = fs::weakly_canonical(root, ec);
  found.target = fs::weakly_canonical(root / file.path, ec);
  const auto inside = found.target.lexically_relative(top).string();
  if (ec || inside.empty() || inside.starts_with(".."))
    return fail(Code::kInvalidInput, file.path + ": it is a link that leaves the project",
                "replace the link by a file or folder of the project");
  std::string before;
  if (fs::exists(found.target, ec)) {
    auto text = inventory::read_text_file(found.target, kMaxGeneratedBytes);
    if (!text) return fail(inventory::to_error(text.error()));
    before = std::move(*text);
    found.state = before == file.text               ? FileState::kCurrent
                  : playbooks::is_untouched(before) ? FileState::kOutdated
                                                    : FileState::kEdited;
  } else {
    found.state = FileState::kMissing;
  }
  found.diff = playbooks::line_diff(file.path, before, file.text);
  found.file = std::move(file);
  return found;
}

Result<> write_all(const UniqueFd& fd, std::string_view text, const std::string& file) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd.get(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(Code::kIo, "write " + file, errno);
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

/// Beside it, synced, renamed over it: nobody ever sees half a file.
Result<> replace(const fs::path& target, std::string_view text) {
  std::error_code ec;
  fs::create_directories(target.parent_path(), ec);
  if (ec) return fail_errno(Code::kIo, "create " + target.parent_path().string(), ec.value());
  const std::string file = target.string();
  struct stat status {};
  const bool there = ::stat(file.c_str(), &status) == 0;
  constexpr mode_t kUsualMode = 0644;
  std::string temporary = file + ".gannet-XXXXXX";
  UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return fail_errno(Code::kIo, "write " + temporary, errno);
  auto written = write_all(fd, text, temporary);
  if (written && ::fchmod(fd.get(), there ? status.st_mode & 07777U : kUsualMode) != 0)
    written = fail_errno(Code::kIo, "set the mode of " + temporary, errno);
  if (written && ::fsync(fd.get()) != 0)
    written = fail_errno(Code::kIo, "write " + temporary, errno);
  if (written) written = fd.close();
  if (written && ::rename(temporary.c_str(), file.c_str()) != 0)
    written = fail_errno(Code::kIo, "rename " + temporary + " to " + file, errno);
  if (!written) ::unlink(temporary.c_str());
  return written;
}

class Generate final : public Command {
 public:
  [[nodiscard]] std::string name() const override { return "generate"; }
  [[nodiscard]] std::string summary() const override {
    return "Write Compose files, Caddy sites, units and env examples from gannet.yaml";
  }
  [[nodiscard]] std::string details() const override {
    return "Writes the files that the services deploy from their key \"generate\", and for\n"
           "every environment with an env_file an example with the variables that the\n"
           "project uses. A file that was changed by hand is shown as a diff and replaced\n"
           "only after a yes, or with --force.\n"
           "\n"
           "--check writes nothing and ends with exit code 1 when a file differs.";
  }
  Options options() override {
    Options options;
    options.positionals = {{"KIND",
                            "compose, caddy, systemd, env or all (the default)",
                            &kinds_,
                            0,
                            1,
                            Completes::kWords,
                            {"compose", "caddy", "systemd", "env", "all"}}};
    options.options = {
        {"", "check", "", "Write nothing; show what differs", &check_, Completes::kNothing, {}},
        {"",
         "force",
         "",
         "Replace files that were changed by hand",
         &force_,
         Completes::kNothing,
         {}}};
    return options;
  }

  Result<ExitCode> run(Application& application) override {
    application.reporter().attach("command", "generate");
    const std::string kind = kinds_.empty() ? "all" : kinds_.front();
    TRY_VOID(check_kind(kind));
    TRY(const auto project, load_env_project(application.options()));
    auto files = playbooks::generate_files(project, kind);
    if (!files) return fail(inventory::to_single_error(files.error()));
    if (files->empty())
      return fail(Code::kInvalidInput, project.file + ": nothing to generate",
                  "add \"generate:\" to a service; see docs/generate.md");
    std::vector<Compared> compared;
    for (GeneratedFile& file : *files) {
      TRY(auto one, compare(std::move(file), project.root));
      compared.push_back(std::move(one));
    }
    return check_ ? tell(application, compared) : write(application, compared);
  }

 private:
  static Result<> check_kind(const std::string& kind) {
    const std::vector<std::string> kinds{"compose", "caddy", "systemd", "env", "all"};
    if (std::ranges::find(kinds, kind) != kinds.end()) return {};
    const auto meant = nearest(kind, kinds);
    return fail(Code::kInvalidInput, "\"" + printable(kind) + "\" cannot be generated",
                meant ? "did you mean \"" + *meant + "\"?" : "one of " + join(kinds, ", "));
  }

  static void attach(Application& application, const std::vector<Compared>& compared,
                     const std::vector<bool>& written) {
    auto list = nlohmann::json::array();
    for (std::size_t at = 0; at < compared.size(); ++at) {
      const Compared& one = compared[at];
      list.push_back({{"kind", one.file.kind},
                      {"service", one.file.service},
                      {"path", one.file.path},
                      {"state", to_string(one.state)},
                      {"written", static_cast<bool>(written[at])},
                      {"diff", printable(one.diff)}});
    }
    application.reporter().attach("files", list);
  }

  static Result<ExitCode> tell(Application& application, const std::vector<Compared>& compared) {
    bool same = true;
    for (const Compared& one : compared) {
      if (one.state == FileState::kCurrent) continue;
      same = false;
      application.reporter().print(one.file.path + ": " + std::string(to_string(one.state)) + "\n" +
                                   printable(one.diff));
    }
    if (same)
      application.reporter().print(count_of(compared.size(), "file") + " up to date\n");
    else
      application.reporter().print("run gannet generate to write them\n");
    attach(application, compared, std::vector<bool>(compared.size(), false));
    return same ? ExitCode::kOk : ExitCode::kFailed;
  }

  /// Before anything is written: a script must not end half-way.
  [[nodiscard]] Result<> check_edited(Application& application,
                                      const std::vector<Compared>& compared) const {
    if (force_ || application.parts().prompter.available()) return {};
    for (const Compared& one : compared) {
      if (one.state != FileState::kEdited) continue;
      application.reporter().print(printable(one.diff));
      return fail(Code::kInvalidInput,
                  one.file.path + " was changed by hand, and there is no terminal to ask on",
                  "move the changes into gannet.yaml, or replace the file with --force");
    }
    return {};
  }

  Result<ExitCode> write(Application& application, const std::vector<Compared>& compared) {
    TRY_VOID(check_edited(application, compared));
    std::vector<bool> written(compared.size(), false);
    for (std::size_t at = 0; at < compared.size(); ++at) {
      const Compared& one = compared[at];
      if (one.state == FileState::kCurrent || !wanted(application, one)) continue;
      TRY_VOID(replace(one.target, one.file.text));
      written[at] = true;
      application.reporter().print("wrote " + one.file.path + "\n");
    }
    const auto count = static_cast<std::size_t>(std::ranges::count(written, true));
    if (count == 0) application.reporter().print("nothing to write\n");
    attach(application, compared, written);
    return ExitCode::kOk;
  }

  [[nodiscard]] bool wanted(Application& application, const Compared& one) const {
    if (one.state != FileState::kEdited) return true;
    application.reporter().print(printable(one.diff));
    if (force_) return true;
    if (application.options().format != OutputFormat::kText)
      application.parts().sink.err(printable(one.diff));
    const bool yes = application.parts().prompter.confirm("replace " + one.file.path + "?");
    if (!yes) application.reporter().print("left " + one.file.path + " as it is\n");
    return yes;
  }

  std::vector<std::string> kinds_;
  bool check_ = false;
  bool force_ = false;
};

}  // namespace

std::unique_ptr<Command> make_generate() { return std::make_unique<Generate>(); }

}  // namespace gannet::controller
