// The services of a Compose project over all its files, and the images they run.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "playbooks/compose_file.h"
#include "playbooks/compose_variables.h"
#include "playbooks/render_scope.h"

namespace gannet::playbooks {

/// Puts together what the files say: a later file overrides an earlier one, `extends` lends what a
/// service does not say itself.
class ComposeImages {
 public:
  /// References outlive it.
  ComposeImages(RenderScope& scope, const ComposeVariables& variables,
                const ComposeService& compose)
      : scope_(scope), variables_(variables), compose_(compose) {}

  /// A file that was read. Its paths begin in `folder` ("" or with a "/" at its end).
  void add(const std::string& file, const std::string& folder, ComposeFile parsed);
  /// The services of this file are part of the project, and not only there to be extended.
  void take_part(const std::string& file);

  /// Fills images and sources of `project`, whose name and profiles are set. Problems: a service
  /// without an image, a reference that cannot be one, `images` of unknown services.
  void fill(RenderedCompose& project);

 private:
  struct Merged {
    PlacedText image, pull_policy;
    bool build = false;
    std::vector<std::string> profiles;
    SourceLocation from;
  };
  struct File {
    std::string folder;
    std::vector<ComposeFileService> services;
  };

  void merge(const std::string& file, const ComposeFileService& one, Merged& service, int depth);
  void inherit(const std::string& file, const ComposeFileService& one, Merged& service, int depth);
  void fill_one(const std::string& name, const Merged& service, RenderedCompose& project);
  void refuse(const std::string& name, const Merged& service);
  void check_origins();
  [[nodiscard]] ImagePull pull_of(const Merged& service) const;

  RenderScope& scope_;
  const ComposeVariables& variables_;
  const ComposeService& compose_;
  std::map<std::string, File> files_;
  std::vector<std::string> taking_part_;  ///< files, in order
  std::vector<std::string> names_;        ///< services, in the order they are found
  std::map<std::string, Merged> merged_;
};

/// Whether Compose starts a service with these profiles ("*" means all); without any it does.
[[nodiscard]] bool has_active_profile(const std::vector<std::string>& profiles,
                                      const std::vector<std::string>& wanted);

/// Whether Docker could take it for the name of an image; a problem if not.
[[nodiscard]] bool check_image_reference(const std::string& reference, const SourceLocation& from,
                                         RenderScope& scope);
/// What gannet.yaml says of an image that gannet ships.
[[nodiscard]] ImageSource image_source(const ImageOrigin& origin, const std::string& service,
                                       const std::string& reference, RenderScope& scope);

}  // namespace gannet::playbooks
