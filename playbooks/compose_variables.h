// The env file of a Compose project: what Compose itself will replace ${VAR} with.
#pragma once

#include <optional>
#include <string>

#include "playbooks/env_layers.h"
#include "playbooks/render_scope.h"

namespace gannet::playbooks {

/// The variables that Compose sees on the host, where gannet sets none of its own.
class ComposeVariables {
 public:
  /// Chooses and reads the env file: `env_file` of the service, else the environment's, else .env
  /// in `folder` (of the project, "" or with a "/" at its end). Problems go to `scope`.
  ComposeVariables(RenderScope& scope, const ComposeService& compose, const std::string& folder);

  /// The text of the env file; nullopt: there is none.
  [[nodiscard]] const std::optional<std::string>& text() const { return text_; }
  [[nodiscard]] const SourceLocation& from() const { return from_; }

  /// `text` as Compose would read it; nullopt after a problem. `secret` texts are not shown.
  [[nodiscard]] std::optional<std::string> expand(const PlacedText& text, RenderScope& scope) const;

 private:
  void load(RenderScope& scope, const std::filesystem::path& file);
  /// The environment's file over the common one.
  void load_layers(RenderScope& scope, const EnvPaths& paths);

  Variables variables_;
  std::optional<std::string> text_;
  std::string file_;  ///< for messages; empty: none
  SourceLocation from_;
};

}  // namespace gannet::playbooks
