#include "controller/images/docker_save.h"

#include <chrono>
#include <filesystem>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "controller/images/run_program.h"
#include "controller/images/temp_folder.h"

namespace gannet::controller {
namespace {

constexpr auto kLookLimit = std::chrono::seconds(30);
constexpr auto kSaveLimit = std::chrono::minutes(30);
constexpr int kNoProgram = 127;

/// Its last line that says something.
std::string last_words(const ProgramResult& result) {
  std::string_view text = trim(result.err);
  text = text.substr(text.rfind('\n') + 1);  // npos + 1 is 0
  for (const std::string_view noise : {"Error response from daemon: ", "Error: "}) {
    if (text.starts_with(noise)) text.remove_prefix(noise.size());
  }
  if (text.empty()) return "exit code " + std::to_string(result.code);
  return printable(text);
}

tl::unexpected<Error> no_docker(const std::string& name) {
  return fail(Code::kNotFound, "image " + name + ": docker is not installed here",
              "save an archive elsewhere (docker save -o FILE " + name + ") and use archive:");
}

bool can_be_name(std::string_view name) {
  return !name.empty() && name.front() != '-' &&
         name.find_first_of(" \t\n") == std::string_view::npos;
}

}  // namespace

Result<std::shared_ptr<ImageArchive>> docker_save(const std::string& name,
                                                  const CancelFlag& cancelled,
                                                  const std::string& docker) {
  if (!can_be_name(name))
    return fail(Code::kInvalidInput, "\"" + printable(name) + "\" is not the name of an image");
  TRY(const auto seen, run_program({docker, "image", "inspect", "--format", "{{.Id}}", name},
                                   kLookLimit, cancelled));
  if (seen.code == kNoProgram) return no_docker(name);
  if (seen.code != 0) {
    const bool missing = seen.err.find("No such image") != std::string::npos;
    return fail(missing ? Code::kNotFound : Code::kCommandFailed,
                "image " + name + ": docker image inspect: " + last_words(seen),
                missing ? "build it first: docker build -t " + name + " ."
                        : "see what `docker info` says here");
  }
  TRY(const TempFolder folder, TempFolder::make());
  const std::filesystem::path path = folder.path() / "image.tar";
  TRY(const auto saved,
      run_program({docker, "save", "-o", path.string(), name}, kSaveLimit, cancelled));
  if (saved.code != 0)
    return fail(Code::kCommandFailed, "image " + name + ": docker save: " + last_words(saved),
                "is there room in " + folder.path().parent_path().string() +
                    "? TMPDIR names another folder");
  return ImageArchive::open(path, "image " + name, cancelled);
}

}  // namespace gannet::controller
