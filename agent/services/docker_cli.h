// How to ask the program `docker`. Answers come through its templates: one line each, no JSON.
#pragma once

#include <chrono>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "agent/services/docker_memory.h"
#include "agent/services/tool.h"

namespace gannet::agent {

/// What docker said, or why it could not be asked: with its words and a hint.
template <class T>
using Answer = tl::expected<T, Failure>;

/// One image of the host's store.
struct StoredImage {
  std::string id;                   ///< "sha256:..."
  std::vector<std::string> layers;  ///< diff-ids from the base up: "sha256:..."
};

class Docker {
 public:
  /// `memory` may be shared, and must outlive the object; nullptr: everything is asked each time.
  explicit Docker(Tools& tools, DockerMemory* memory = nullptr) : tools_(tools), memory_(memory) {}

  /// Where answers may be looked up and kept now; nullptr: nowhere.
  [[nodiscard]] DockerMemory* memory() const {
    return memory_ != nullptr && memory_->on() ? memory_ : nullptr;
  }

  /// Runs `run` (its first word is docker); `what` names it in errors. An exit code other than 0
  /// is a Failure: kNoSpace, kPermission or kCommandFailed, kTimeout, kInterrupted, kNotFound (no
  /// docker).
  [[nodiscard]] Answer<std::string> run(const ToolRun& run, const std::string& what,
                                        Progress& progress);

  /// The last lines that `run` prints on either stream, at most 20; none when it cannot be run.
  [[nodiscard]] std::vector<std::string> last_lines(const ToolRun& run, Progress& progress);

  /// Version of the daemon. A Failure says how to get one that answers.
  [[nodiscard]] Answer<std::string> daemon_version(Progress& progress);
  /// Version of the Compose plugin; a Failure when there is none of version 2 or later.
  [[nodiscard]] Answer<std::string> compose_version(Progress& progress);
  /// True when images live in containerd: an image's id is that of its manifest there, and
  /// `docker load` wants every layer.
  [[nodiscard]] Answer<bool> keeps_images_in_containerd(Progress& progress);

  /// The folder whose file system its images lie on: its data-root, or that of containerd.
  [[nodiscard]] Answer<std::string> image_folder(Progress& progress);

  /// The image that each name or id means, same order; empty: there is none.
  [[nodiscard]] Answer<std::vector<std::string>> image_ids(const std::vector<std::string>& names,
                                                           Progress& progress);
  [[nodiscard]] Answer<std::string> image_id(const std::string& name, Progress& progress);
  [[nodiscard]] Answer<std::vector<StoredImage>> stored_images(Progress& progress);

  [[nodiscard]] Outcome tag(const std::string& id, const std::string& name, Progress& progress);
  /// Takes a name away. The image goes, too, when nothing else names it.
  [[nodiscard]] Outcome untag(const std::string& name, Progress& progress);
  /// Names that match, for instance "gannet.local/api".
  [[nodiscard]] Answer<std::vector<std::string>> names_in(const std::string& repository,
                                                          Progress& progress);

 private:
  [[nodiscard]] Answer<std::string> ask(std::vector<std::string> words, const std::string& what,
                                        Progress& progress);
  [[nodiscard]] Result<ToolResult> quietly(std::vector<std::string> words, Progress& progress);
  /// All that is asked of docker goes through here.
  [[nodiscard]] Result<ToolResult> call(const ToolRun& run, Progress& progress);
  /// Adds what each of `names` means to `known`.
  [[nodiscard]] Outcome find_images(std::span<const std::string> names,
                                    std::map<std::string, std::string>& known, Progress& progress);

  Tools& tools_;
  DockerMemory* memory_;
};

/// "sha256:12ab34cd56ef" of an image's id.
[[nodiscard]] std::string short_id(std::string_view id);
/// The lines of what docker printed, without empty ones.
[[nodiscard]] std::vector<std::string> lines_of(std::string_view text);
/// A name with a digest always means the same image: it can be neither given nor taken.
[[nodiscard]] bool is_fixed_name(std::string_view name);

}  // namespace gannet::agent
