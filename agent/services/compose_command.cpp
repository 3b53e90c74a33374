#include "agent/services/compose_command.h"

#include <algorithm>
#include <chrono>

namespace gannet::agent {
namespace {

void add_each(std::vector<std::string>& words, const char* option,
              const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    words.emplace_back(option);
    words.push_back(value);
  }
}

std::vector<std::string> compose(const std::string& project) {
  return {"docker", "compose", "-p", project};
}

void add_up(std::vector<std::string>& words, bool start, bool recreate) {
  words.emplace_back("up");
  words.emplace_back(start ? "-d" : "--no-start");
  for (const char* word : {"--pull", "never", "--no-build", "--remove-orphans"}) {
    words.emplace_back(word);
  }
  if (recreate) words.emplace_back("--force-recreate");
}

}  // namespace

ToolRun compose_up(const protocol::ComposeSpec& spec, bool recreate) {
  ToolRun run;
  run.words = compose(spec.project);
  run.words.emplace_back("--project-directory");
  run.words.push_back(spec.directory);
  add_each(run.words, "-f", spec.files);
  add_each(run.words, "--env-file", spec.env_files);
  add_each(run.words, "--profile", spec.profiles);
  add_up(run.words, true, recreate);
  run.timeout = std::chrono::milliseconds(spec.timeout_ms);
  return run;
}

ToolRun compose_up(const protocol::ProjectState& project, const BringUp& how) {
  ToolRun run;
  run.words = compose(project.name);
  if (!project.directory.empty()) add_each(run.words, "--project-directory", {project.directory});
  add_each(run.words, "-f", project.files);
  add_each(run.words, "--env-file", project.env_files);
  add_each(run.words, "--profile", how.profiles);
  add_up(run.words, how.start, how.recreate);
  run.words.insert(run.words.end(), how.services.begin(), how.services.end());
  // docker-compose 1 noted names beside the folder, its successor whole paths.
  const bool whole = std::all_of(project.files.begin(), project.files.end(),
                                 [](const std::string& file) { return file.starts_with('/'); });
  run.folder = whole || project.directory.empty() ? "/" : project.directory;
  return run;
}

ToolRun compose_down(const std::string& project) {
  ToolRun run;
  run.words = compose(project);
  run.words.emplace_back("down");
  run.words.emplace_back("--remove-orphans");
  run.folder = "/";  // no compose file there that could be taken for the project's
  return run;
}

}  // namespace gannet::agent
