// The Compose project of a service, as one host should have it.
#include <algorithm>
#include <set>
#include <utility>

#include "base/text.h"
#include "playbooks/compose_file.h"
#include "playbooks/compose_images.h"
#include "playbooks/compose_text.h"
#include "playbooks/compose_variables.h"
#include "playbooks/render_scope.h"

namespace gannet::playbooks {
namespace {

namespace fs = std::filesystem;
using inventory::in_quotes;
using Use = ComposeFileUse;

constexpr int kMaxFilesDeep = 16;  // files that include or extend files

std::string_view word_for(Use use) {
  switch (use) {
    case Use::kEnvFile:
      return "env_file";
    case Use::kConfig:
      return "the file of the config";
    case Use::kSecret:
      return "the file of the secret";
    case Use::kExtends:
      return "the extended file";
    case Use::kInclude:
      return "the included file";
    case Use::kBind:
      return "the mounted";
  }
  return "the file";
}

/// "" or with a "/" at its end.
std::string folder_of(const std::string& file) {
  const auto slash = file.rfind('/');
  return slash == std::string::npos ? "" : file.substr(0, slash + 1);
}

class ComposeRenderer {
 public:
  ComposeRenderer(RenderScope& scope, RenderedService& rendered, const ComposeService& compose)
      : scope_(scope), rendered_(rendered), compose_(compose) {}

  void run() {
    const std::size_t before = scope_.problems();
    const std::string& name = scope_.service().name;
    project_.from = compose_.from;
    project_.project = scope_.expand(compose_.project, name);
    project_.directory = scope_.expand_path(compose_.directory, "/opt/" + name, "directory");
    if (project_.directory.ends_with('/')) project_.directory.pop_back();
    project_.profiles = scope_.expand(compose_.profiles);
    project_.timeout = compose_.timeout;
    check_project();
    if (scope_.problems() != before) return;
    compose_.is_inline() ? write_inline() : ship_files();
    if (scope_.problems() != before) return;
    set_recreate_on();
    rendered_.compose = std::move(project_);
  }

 private:
  void check_project() {
    const std::string& name = project_.project;
    const bool good =
        !name.empty() && name.front() != '-' && name.front() != '_' &&
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_") == std::string::npos;
    if (good || !compose_.project.given()) return;
    scope_.add(compose_.project.from, in_quotes(printable(name)) + " cannot be a Compose project",
               "use lower-case letters, digits, \"-\" and \"_\", a letter or digit first");
  }

  // ---- a file that gannet writes --------------------------------------------------------------

  void write_inline() {
    const std::string& name = scope_.service().name;
    std::string image = "gannet.local/" + name + ":current";
    SourceLocation from = compose_.from;
    for (const auto& [key, value] : compose_.keys) {
      if (key != "image") continue;
      image = scope_.expand(value.text);
      from = value.text.from;
    }
    if (!check_image_reference(image, from, scope_)) return;
    if (compose_.images.empty()) {
      project_.images.push_back({name, image, compose_.pull.value_or(ImagePull::kMissing)});
    } else {
      project_.sources.push_back(image_source(compose_.images.front(), name, image, scope_));
    }
    const std::string dest = project_.directory + "/docker-compose.yml";
    scope_.place_text(write_compose_file(name, image, compose_, scope_),
                      {dest, compose_.from, 0600U, false}, rendered_);
    project_.files.push_back(dest);
    for (const auto& [key, value] : compose_.keys) {
      if (key == "volumes") mounts_of_inline(value);
    }
  }

  /// Relative mounts of files that `files` brings are found as in a Compose file.
  void mounts_of_inline(const InlineValue& list) {
    for (const InlineValue& item : list.items) {
      const std::string mount = scope_.expand(item.text);
      const auto colon = mount.find(':');
      if (!mount.starts_with('.') || colon == std::string::npos) continue;
      ComposeReference reference;
      reference.path = {mount.substr(0, colon), item.text.from};
      ship_reference(reference, "", reference.path.value);
    }
  }

  // ---- files of the user ----------------------------------------------------------------------

  void ship_files() {
    const std::size_t before = scope_.problems();
    const std::vector<std::string> files = scope_.expand(compose_.files);
    if (scope_.problems() != before || files.empty()) return;
    base_ = folder_of(fs::path(files.front()).lexically_normal().string());
    variables_.emplace(scope_, compose_, base_);
    images_.emplace(scope_, *variables_, compose_);
    if (variables_->text()) {
      const std::string dest = project_.directory + "/.env";
      scope_.place_text(*variables_->text(), {dest, variables_->from(), {}, true}, rendered_);
      project_.env_files.push_back(dest);
    }
    for (std::size_t i = 0; i < files.size(); ++i) {
      const std::string file = fs::path(files[i]).lexically_normal().string();
      const auto dest = destination(file, compose_.files[i].from);
      if (!dest) continue;
      project_.files.push_back(*dest);
      add_file(file, base_, compose_.files[i].from, 0);
      images_->take_part(file);
    }
    if (scope_.problems() == before) images_->fill(project_);
  }

  /// Where a file of the project belongs; nullopt: it is not below the folder of the first one.
  [[nodiscard]] std::optional<std::string> place_of(const std::string& file) const {
    const std::string relative =
        base_.empty() ? file : fs::path(file).lexically_relative(base_).string();
    const bool outside =
        relative.empty() || relative == "." || relative == ".." || relative.starts_with("../");
    return outside ? std::nullopt : std::optional(project_.directory + "/" + relative);
  }

  /// place_of(), and a problem when there is none.
  std::optional<std::string> destination(const std::string& file, const SourceLocation& from) {
    auto place = place_of(file);
    if (!place) {
      scope_.add(from, in_quotes(file) + " is not below the folder of the Compose file",
                 "move it there, or put it on the host with files: and name it with its absolute "
                 "path");
    }
    return place;
  }

  /// Ships a Compose file and what it refers to. `folder`: where its paths begin.
  void add_file(const std::string& file, const std::string& folder, const SourceLocation& from,
                int depth, bool only_extended = false) {
    if (!seen_.insert(file).second) return;
    if (depth > kMaxFilesDeep) {
      return scope_.add(from, "more than 16 Compose files that include each other");
    }
    const auto dest = destination(file, from);
    if (!dest) return;
    scope_.place_source(file, {*dest, from, {}, false}, rendered_);
    auto found = scope_.sources().find(file);
    if (!found || found->empty()) return;
    auto text = scope_.sources().text(found->front().path);
    if (!text) return scope_.add(from, text.error());
    auto parsed = parse_compose_file((scope_.root / file).lexically_normal().string(), **text);
    if (!parsed) {
      for (inventory::Problem& problem : parsed.error()) scope_.add(std::move(problem));
      return;
    }
    for (ComposeReference& reference : parsed->references) {
      // Compose does not read the env files of services that it does not start.
      if (only_extended || !is_active(*parsed, reference.service)) reference.required = false;
      add_reference(reference, folder, depth);
    }
    images_->add(file, folder, std::move(*parsed));
  }

  void add_reference(const ComposeReference& reference, const std::string& folder, int depth) {
    const auto path = variables_->expand(reference.path, scope_);
    if (!path || path->empty() || path->starts_with('/') || path->starts_with('~')) return;
    if (reference.use != Use::kExtends && reference.use != Use::kInclude) {
      ship_reference(reference, folder, *path);
      return;
    }
    const std::string file = fs::path(folder + *path).lexically_normal().string();
    if (!exists(file, reference)) return;
    const bool included = reference.use == Use::kInclude;
    add_file(file, folder_of(file), reference.path.from, depth + 1, !included);
    if (included) images_->take_part(file);
  }

  [[nodiscard]] bool is_active(const ComposeFile& file, const std::string& name) {
    const auto service = std::ranges::find(file.services, name, &ComposeFileService::name);
    if (service == file.services.end()) return true;
    std::vector<std::string> profiles;
    for (const PlacedText& profile : service->profiles) {
      if (auto one = variables_->expand(profile, scope_)) profiles.push_back(std::move(*one));
    }
    return has_active_profile(profiles, project_.profiles);
  }

  bool exists(const std::string& file, const ComposeReference& reference) {
    std::error_code ec;
    if (fs::exists(scope_.root / file, ec)) return true;
    const std::size_t before = scope_.problems();
    scope_.add(reference.path.from,
               std::string(word_for(reference.use)) +
                   " is not there: " + in_quotes((scope_.root / file).string()),
               "create it, correct the path, or name its place on the host with an absolute path");
    scope_.give_rule("GN-COMPOSE-002", before);
    return false;
  }

  /// A file or a folder that is not a Compose file.
  void ship_reference(const ComposeReference& reference, const std::string& folder,
                      const std::string& path) {
    std::string file = fs::path(folder + path).lexically_normal().string();
    if (file.ends_with('/')) file.pop_back();
    if (is_there(reference.use, place_of(file))) return;
    const bool bind = reference.use == Use::kBind;
    std::error_code ec;
    const fs::file_status status = fs::status(scope_.root / file, ec);
    if (!fs::exists(status)) {
      if (!bind && reference.required) static_cast<void>(exists(file, reference));
      return;
    }
    if (bind && (file == "." || file.empty() || file + "/" == base_)) {
      return scope_.add(reference.path.from,
                        "the whole folder of the Compose file is mounted: gannet would ship all "
                        "that lies there",
                        "mount the files and folders that the container needs");
    }
    const auto dest = destination(file, reference.path.from);
    if (!dest) return;
    const bool secret = reference.use == Use::kSecret || reference.use == Use::kEnvFile;
    const std::string end = fs::is_directory(status) ? "/" : "";
    scope_.place_source(file + end, {*dest + end, reference.path.from, {}, secret}, rendered_);
    static_cast<void>(is_there(reference.use, dest));
  }

  /// True when the service has it already, as a file or a folder; then its changes count.
  bool is_there(Use use, const std::optional<std::string>& dest) {
    if (!dest) return false;
    for (const std::string& path : {*dest, *dest + "/"}) {
      if (!rendered_.has_path(path)) continue;
      watch(use, path);
      return true;
    }
    return false;
  }

  /// Compose does not see when the content of a mounted file changes.
  void watch(Use use, const std::string& path) {
    if (use != Use::kEnvFile) project_.recreate_on.push_back(path);
  }

  // ---- what makes containers anew -------------------------------------------------------------

  void set_recreate_on() {
    for (const PlacedText& text : compose_.recreate_on) {
      std::string path = scope_.expand(text);
      if (path.starts_with("./")) path.erase(0, 2);
      if (!path.starts_with('/')) path.insert(0, project_.directory + "/");
      if (!rendered_.has_path(path)) {
        scope_.add(text.from, in_quotes(printable(path)) + " is not among the files of the service",
                   "name the \"dest\" of a file, or a folder with a \"/\" at its end");
      }
      project_.recreate_on.push_back(std::move(path));
    }
    std::ranges::sort(project_.recreate_on);
    // Not std::ranges::unique: clang 14, which builds the fuzz targets, cannot read GCC's subrange.
    auto& paths = project_.recreate_on;
    paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  }

  RenderScope& scope_;
  RenderedService& rendered_;
  const ComposeService& compose_;
  RenderedCompose project_;
  std::string base_;  ///< folder of the first file; "" or with a "/" at its end
  std::optional<ComposeVariables> variables_;
  std::optional<ComposeImages> images_;
  std::set<std::string> seen_;  ///< Compose files
};

}  // namespace

void render_compose(RenderScope& scope, RenderedService& rendered) {
  if (scope.service().compose) {
    ComposeRenderer(scope, rendered, *scope.service().compose).run();
  }
}

}  // namespace gannet::playbooks
