#include "agent/services/docker_cli.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr std::chrono::milliseconds kAskTimeout{60'000};  // a Pi under load takes its time

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool says(const ToolResult& result, std::string_view words) {
  return lower(result.err).find(words) != std::string::npos;
}

struct KnownWords {
  std::string_view words;  ///< lower case, in what docker says
  Code code;
  const char* hint;
};

// The first that fits; the more exact ones come first.
constexpr KnownWords kKnown[] = {
    {"no space left on device", Code::kNoSpace,
     "free space where Docker keeps its images: docker system df, docker image prune"},
    {"permission denied while trying to connect", Code::kPermission,
     "add the user to the group docker, or set become: sudo for this host"},
    {"cannot connect to the docker daemon", Code::kCommandFailed,
     "systemctl start docker; journalctl -u docker says why it does not run"},
    {"is the docker daemon running", Code::kCommandFailed,
     "systemctl start docker; journalctl -u docker says why it does not run"},
    {"port is already allocated", Code::kCommandFailed,
     "stop what listens there (ss -tlnp), or publish another port"},
    {"address already in use", Code::kCommandFailed,
     "stop what listens there (ss -tlnp), or publish another port"},
    {"is already in use by container", Code::kCommandFailed,
     "remove that container, or take container_name out of the compose file"},
    {"manifest unknown", Code::kCommandFailed, "push the image, or correct its tag"},
    {"pull access denied", Code::kCommandFailed,
     "docker login on the host, or correct the name of the image"},
    {"unauthorized", Code::kCommandFailed, "docker login on the host"},
};

Failure docker_failure(const std::string& what, const ToolResult& result) {
  if (result.exit_code == kNoSuchProgram) {
    return {{Code::kNotFound, what + ": docker is not installed",
             "install Docker with the Compose plugin on this host"},
            last_lines(result)};
  }
  Failure failure = failure_of(what, result);
  if (failure.error.code != Code::kCommandFailed) return failure;
  for (const KnownWords& known : kKnown) {
    if (!says(result, known.words)) continue;
    failure.error.code = known.code;
    failure.error.hint = known.hint;
    return failure;
  }
  failure.error.hint = "run it on the host by hand";
  return failure;
}

bool is_unknown_image(const ToolResult& result) {
  return says(result, "no such image") || says(result, "no such object") ||
         says(result, "image not known");
}

/// Asks without changing anything, whatever follows these words.
bool only_looks(const std::vector<std::string>& words) {
  constexpr std::string_view kLooking[] = {"docker ps ",
                                           "docker inspect ",
                                           "docker image inspect ",
                                           "docker image ls ",
                                           "docker version ",
                                           "docker info ",
                                           "docker logs ",
                                           "docker events ",
                                           "docker compose version ",
                                           "docker-compose version "};
  const std::string line = join(words, " ") + " ";
  return std::any_of(std::begin(kLooking), std::end(kLooking),
                     [&](std::string_view start) { return line.starts_with(start); });
}

bool is_version(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) != 0;
}

Failure no_compose(const std::string& old_version, const ToolResult& result) {
  std::string why = "Docker Compose: the plugin is not installed: ";
  if (!old_version.empty()) {
    why = "Docker Compose: there is only docker-compose " + old_version + ", which is too old: ";
  }
  Failure failure = failure_of("docker compose version", result);
  return {{Code::kNotFound, why + "`docker compose` (version 2 or later) is needed",
           "install the Compose plugin: package docker-compose-plugin (Docker's repository), "
           "docker-compose-v2 (Ubuntu) or docker-compose of Debian 13"},
          std::move(failure.last_lines)};
}

}  // namespace

std::string short_id(std::string_view id) {
  constexpr std::string_view kAlgorithm = "sha256:";
  constexpr std::size_t kShown = 12;  // digits, as docker shows them
  return std::string(id.substr(0, kAlgorithm.size() + kShown));
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines = split(text, '\n');
  std::erase_if(lines, [](const std::string& line) { return trim(line).empty(); });
  return lines;
}

bool is_fixed_name(std::string_view name) { return name.find('@') != std::string_view::npos; }

Result<ToolResult> Docker::quietly(std::vector<std::string> words, Progress& progress) {
  ToolRun run;
  run.words = std::move(words);
  run.timeout = kAskTimeout;
  return call(run, progress);
}

Result<ToolResult> Docker::call(const ToolRun& run, Progress& progress) {
  auto result = tools_.run(run, progress);
  if (memory_ != nullptr && !only_looks(run.words)) memory_->forget();
  return result;
}

Answer<std::string> Docker::ask(std::vector<std::string> words, const std::string& what,
                                Progress& progress) {
  ToolRun one;
  one.words = std::move(words);
  one.timeout = kAskTimeout;
  return run(one, what, progress);
}

Answer<std::string> Docker::run(const ToolRun& run, const std::string& what, Progress& progress) {
  auto result = call(run, progress);
  if (!result) return tl::unexpected(failure_of(what, std::move(result.error())));
  if (!result->ok()) return tl::unexpected(docker_failure(what, *result));
  return std::move(result->out);
}

std::vector<std::string> Docker::last_lines(const ToolRun& run, Progress& progress) {
  const auto result = call(run, progress);
  return result ? agent::last_lines(*result) : std::vector<std::string>{};
}

Answer<std::string> Docker::daemon_version(Progress& progress) {
  auto version = ask({"docker", "version", "--format", "{{.Server.Version}}"}, "docker", progress);
  if (!version) return version;
  return std::string(trim(*version));
}

Answer<std::string> Docker::compose_version(Progress& progress) {
  auto result = quietly({"docker", "compose", "version", "--short"}, progress);
  if (!result) return tl::unexpected(failure_of("docker compose", std::move(result.error())));
  std::string version(trim(result->out));
  if (result->ok() && is_version(version)) return version;
  if (result->timed_out || result->stopped) {
    return tl::unexpected(docker_failure("docker compose version", *result));
  }
  auto old = quietly({"docker-compose", "version", "--short"}, progress);
  const bool is_old = old && old->ok() && is_version(trim(old->out));
  return tl::unexpected(no_compose(is_old ? std::string(trim(old->out)) : "", *result));
}

Answer<bool> Docker::keeps_images_in_containerd(Progress& progress) {
  auto said = ask({"docker", "info", "--format", "{{.DriverStatus}}"}, "docker info", progress);
  if (!said) return tl::unexpected(std::move(said.error()));
  return said->find("io.containerd.snapshotter") != std::string::npos;
}

Answer<std::string> Docker::image_folder(Progress& progress) {
  auto said = ask({"docker", "info", "--format", "{{.DockerRootDir}}\n{{.DriverStatus}}"},
                  "docker info", progress);
  if (!said) return said;
  // containerd has a folder of its own, and Docker does not say which.
  if (said->find("io.containerd.snapshotter") != std::string::npos) {
    return std::string("/var/lib/containerd");
  }
  return std::string(trim(said->substr(0, said->find('\n'))));
}

Answer<std::vector<std::string>> Docker::image_ids(const std::vector<std::string>& names,
                                                   Progress& progress) {
  std::map<std::string, std::string> known;
  if (memory() != nullptr) known = memory_->images;
  std::vector<std::string> open;
  for (const std::string& name : names) {
    if (!known.contains(name)) open.push_back(name);
  }
  std::sort(open.begin(), open.end());
  open.erase(std::unique(open.begin(), open.end()), open.end());
  auto found = find_images(open, known, progress);
  if (!found) return tl::unexpected(std::move(found.error()));
  std::vector<std::string> ids;
  ids.reserve(names.size());
  for (const std::string& name : names) ids.push_back(known[name]);
  if (memory() != nullptr) memory_->images = std::move(known);
  return ids;
}

Outcome Docker::find_images(std::span<const std::string> names,
                            std::map<std::string, std::string>& known, Progress& progress) {
  if (names.empty()) return {};
  std::vector<std::string> words = {"docker", "image", "inspect", "--format", "{{.Id}}"};
  words.insert(words.end(), names.begin(), names.end());
  auto result = quietly(words, progress);
  if (!result) return tl::unexpected(failure_of("docker image inspect", std::move(result.error())));
  const auto ids = lines_of(result->out);
  const bool all = result->ok() && ids.size() == names.size();
  if (!all && (result->timed_out || result->stopped || !is_unknown_image(*result))) {
    return tl::unexpected(docker_failure("docker image inspect", *result));
  }
  if (all || ids.empty()) {
    for (std::size_t i = 0; i < names.size(); ++i) known[names[i]] = all ? ids[i] : "";
    return {};
  }
  // Some are missing and it does not say which line is whose: by halves.
  const std::size_t half = names.size() / 2;
  if (auto first = find_images(names.first(half), known, progress); !first) return first;
  return find_images(names.subspan(half), known, progress);
}

Answer<std::string> Docker::image_id(const std::string& name, Progress& progress) {
  auto ids = image_ids({name}, progress);
  if (!ids) return tl::unexpected(std::move(ids.error()));
  return std::move(ids->front());
}

Answer<std::vector<StoredImage>> Docker::stored_images(Progress& progress) {
  std::vector<StoredImage> images;
  auto ids =
      ask({"docker", "image", "ls", "--all", "--quiet", "--no-trunc"}, "docker image ls", progress);
  if (!ids) return tl::unexpected(std::move(ids.error()));
  std::vector<std::string> all = lines_of(*ids);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  if (all.empty()) return images;
  std::vector<std::string> words = {"docker", "image", "inspect", "--format",
                                    "{{.Id}}{{range .RootFS.Layers}} {{.}}{{end}}"};
  words.insert(words.end(), all.begin(), all.end());
  auto result = quietly(std::move(words), progress);
  if (!result) return tl::unexpected(failure_of("docker image inspect", std::move(result.error())));
  // One that was removed meanwhile is not counted, that is all.
  if (!result->ok() && !is_unknown_image(*result)) {
    return tl::unexpected(docker_failure("docker image inspect", *result));
  }
  for (const std::string& line : lines_of(result->out)) {
    std::vector<std::string> parts = split(line, ' ');
    StoredImage image;
    image.id = std::move(parts.front());
    image.layers.assign(std::make_move_iterator(parts.begin() + 1),
                        std::make_move_iterator(parts.end()));
    images.push_back(std::move(image));
  }
  return images;
}

Outcome Docker::tag(const std::string& id, const std::string& name, Progress& progress) {
  if (is_fixed_name(name)) return {};
  auto done = ask({"docker", "tag", id, name}, "docker tag " + name, progress);
  if (!done) return tl::unexpected(std::move(done.error()));
  return {};
}

Outcome Docker::untag(const std::string& name, Progress& progress) {
  if (is_fixed_name(name)) return {};
  auto result = quietly({"docker", "rmi", name}, progress);
  const std::string what = "docker rmi " + name;
  if (!result) return tl::unexpected(failure_of(what, std::move(result.error())));
  if (result->ok() || is_unknown_image(*result)) return {};
  return tl::unexpected(docker_failure(what, *result));
}

Answer<std::vector<std::string>> Docker::names_in(const std::string& repository,
                                                  Progress& progress) {
  auto names = ask({"docker", "image", "ls", "--format", "{{.Repository}}:{{.Tag}}", repository},
                   "docker image ls", progress);
  if (!names) return tl::unexpected(std::move(names.error()));
  return lines_of(*names);
}

}  // namespace gannet::agent
