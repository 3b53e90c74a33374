#include "agent/services/compose_containers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <map>
#include <utility>

#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr const char* kProjectLabel = "label=com.docker.compose.project";

// `index` asks for what may be missing without an error. The order is that of enum Field.
constexpr const char* kTemplate =
    "{{.Id}}\t{{.Name}}\t{{.Image}}\t{{.Config.Image}}\t{{.State.Status}}\t{{.State.ExitCode}}"
    "\t{{.RestartCount}}\t{{with index .State \"Health\"}}{{.Status}}{{end}}"
    "\t{{.HostConfig.RestartPolicy.Name}}"
    "\t{{index .Config.Labels \"com.docker.compose.project\"}}"
    "\t{{index .Config.Labels \"com.docker.compose.service\"}}"
    "\t{{index .Config.Labels \"com.docker.compose.oneoff\"}}"
    "\t{{index .Config.Labels \"com.docker.compose.project.config_files\"}}"
    "\t{{index .Config.Labels \"com.docker.compose.project.working_dir\"}}"
    "\t{{index .Config.Labels \"com.docker.compose.project.environment_file\"}}";

enum Field : std::size_t {
  kId,
  kName,
  kImage,
  kReference,
  kStatus,
  kExitCode,
  kRestarts,
  kHealth,
  kPolicy,
  kProject,
  kService,
  kOneOff,
  kFiles,
  kDirectory,
  kEnvFiles,
  kFields
};

template <class Number>
Number number(const std::string& text) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// A label that is not there comes as text of its own.
std::vector<std::string> paths(const std::string& text) {
  if (text.empty()) return {};
  return split(text, ',');
}

protocol::ContainerState state_of(const std::vector<std::string>& fields) {
  protocol::ContainerState state;
  state.id = fields[kId];
  state.service = fields[kService];
  state.name = fields[kName].starts_with('/') ? fields[kName].substr(1) : fields[kName];
  state.image = fields[kImage];
  state.reference = fields[kReference];
  state.status = fields[kStatus];
  state.health = fields[kHealth] == "none" ? "" : fields[kHealth];
  state.exit_code = number<std::int64_t>(fields[kExitCode]);
  state.restarts = number<std::uint64_t>(fields[kRestarts]);
  return state;
}

std::map<std::string, ProjectView> read_views(const std::string& printed) {
  std::map<std::string, ProjectView> views;
  for (const std::string& line : lines_of(printed)) {
    auto fields = split(line, '\t');
    if (fields.size() != kFields) continue;
    for (std::string& field : fields) {
      if (field == "<no value>") field.clear();
    }
    if (fields[kOneOff] == "True") continue;
    ProjectView& view = views[fields[kProject]];
    view.directory = fields[kDirectory];
    view.files = paths(fields[kFiles]);
    view.env_files = paths(fields[kEnvFiles]);
    view.containers.push_back({state_of(fields), fields[kPolicy]});
  }
  return views;
}

Answer<std::vector<std::string>> container_ids(Docker& docker,
                                               const std::vector<std::string>& names,
                                               Progress& progress) {
  ToolRun run;
  run.timeout = std::chrono::seconds(60);
  std::string filter = kProjectLabel;
  if (names.size() == 1) filter += "=" + names.front();
  run.words = {
      "docker",   "ps",   "--all",    "--no-trunc",
      "--filter", filter, "--format", "{{.ID}}\t{{.Label \"com.docker.compose.project\"}}"};
  auto printed = docker.run(run, "docker ps", progress);
  if (!printed) return tl::unexpected(std::move(printed.error()));
  std::vector<std::string> ids;
  for (const std::string& line : lines_of(*printed)) {
    const auto fields = split(line, '\t');
    const bool wanted =
        fields.size() == 2 && std::find(names.begin(), names.end(), fields[1]) != names.end();
    if (wanted) ids.push_back(fields[0]);
  }
  return ids;
}

/// What Docker says about all containers of the projects. One that goes between the two
/// questions makes the second one fail: ask again then.
Answer<std::string> inspect(Docker& docker, const std::vector<std::string>& names,
                            Progress& progress) {
  constexpr int kAttempts = 3;
  Answer<std::string> printed;
  for (int i = 0; i < kAttempts; ++i) {
    auto ids = container_ids(docker, names, progress);
    if (!ids) return tl::unexpected(std::move(ids.error()));
    if (ids->empty()) return std::string();
    ToolRun run;
    run.timeout = std::chrono::seconds(60);
    run.words = {"docker", "inspect", "--type", "container", "--format", kTemplate};
    run.words.insert(run.words.end(), ids->begin(), ids->end());
    printed = docker.run(run, "docker inspect", progress);
    if (printed || printed.error().error.code != Code::kCommandFailed) return printed;
  }
  return printed;
}

/// Puts down which of the lines is about which project.
void remember(DockerMemory& memory, const std::vector<std::string>& names,
              const std::string& printed) {
  for (const std::string& name : names) memory.projects[name].clear();
  for (const std::string& line : lines_of(printed)) {
    const auto fields = split(line, '\t');
    if (fields.size() != kFields) continue;
    const auto known = memory.projects.find(fields[kProject]);
    if (known != memory.projects.end()) known->second += line + "\n";
  }
}

/// inspect(), or what a survey has seen.
Answer<std::string> inspect_once(Docker& docker, const std::vector<std::string>& names,
                                 Progress& progress) {
  DockerMemory* memory = docker.memory();
  if (memory == nullptr) return inspect(docker, names, progress);
  std::vector<std::string> open;
  for (const std::string& name : names) {
    if (!memory->projects.contains(name)) open.push_back(name);
  }
  if (!open.empty()) {
    auto printed = inspect(docker, open, progress);
    if (!printed) return printed;
    remember(*memory, open, *printed);
  }
  std::string all;
  for (const std::string& name : names) all += memory->projects[name];
  return all;
}

std::vector<std::string> tail(std::vector<std::string> lines, std::size_t most) {
  if (lines.size() > most) lines.erase(lines.begin(), lines.end() - static_cast<long>(most));
  return lines;
}

}  // namespace

protocol::ProjectState ProjectView::state() const {
  protocol::ProjectState state;
  state.name = name;
  state.directory = directory;
  state.files = files;
  state.env_files = env_files;
  for (const ProjectContainer& container : containers) state.containers.push_back(container.state);
  return state;
}

Answer<std::vector<ProjectView>> look_at_projects(Docker& docker,
                                                  const std::vector<std::string>& names,
                                                  Progress& progress) {
  std::vector<ProjectView> all;
  if (names.empty()) return all;
  auto printed = inspect_once(docker, names, progress);
  if (!printed) return tl::unexpected(std::move(printed.error()));
  auto views = read_views(*printed);
  for (const std::string& name : names) {
    ProjectView& view = all.emplace_back(std::move(views[name]));
    view.name = name;
    std::sort(view.containers.begin(), view.containers.end(),
              [](const auto& a, const auto& b) { return a.state.name < b.state.name; });
  }
  return all;
}

std::vector<std::string> last_words(Docker& docker, const protocol::ContainerState& container,
                                    Progress& progress) {
  constexpr std::size_t kMost = 20;
  ToolRun run;
  run.words = {"docker", "logs", "--tail", std::to_string(kMost), container.id};
  std::vector<std::string> lines = docker.last_lines(run, progress);
  if (container.health != "unhealthy") return tail(std::move(lines), kMost);
  run.words = {"docker", "inspect", "--format",
               "{{range .State.Health.Log}}{{println .Output}}{{end}}", container.id};
  if (auto printed = docker.run(run, "docker inspect", progress)) {
    const auto said = lines_of(*printed);
    if (!said.empty()) lines.push_back("health check: " + said.back());
  }
  return tail(std::move(lines), kMost);
}

std::vector<std::string> exit_codes(Docker& docker, const std::string& id, Progress& progress) {
  ToolRun run;
  // Docker counts in whole seconds here: until now, what happened in this one is left out.
  run.words = {"docker",
               "events",
               "--since",
               "60m",
               "--until=-1s",
               "--filter",
               "container=" + id,
               "--filter",
               "event=die",
               "--format",
               "{{.Actor.Attributes.exitCode}}"};
  auto printed = docker.run(run, "docker events", progress);
  return printed ? lines_of(*printed) : std::vector<std::string>{};
}

}  // namespace gannet::agent
