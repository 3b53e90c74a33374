// What the parts of rendering share: one service on its way to one host.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "playbooks/expander.h"
#include "playbooks/render.h"
#include "playbooks/source_files.h"

namespace gannet::playbooks {

/// The mode of a file that names none: 0600 for secrets, 0755 for executables, 0644.
[[nodiscard]] std::uint32_t default_mode(bool secret, bool executable);
/// Whether the text is free of what no path should hold.
[[nodiscard]] bool is_printable_path(std::string_view path);

/// How a file that gannet puts on a host by itself is written.
struct Placing {
  std::string dest;
  SourceLocation from;
  std::optional<std::uint32_t> mode;  ///< default: default_mode()
  bool secret = false;
};

/// All references outlive it.
class RenderScope {
 public:
  using Keep = std::function<std::shared_ptr<const std::string>(std::string, const Digest&)>;

  RenderScope(const Service& service, const HostContext& context, Expander& expander,
              SourceFiles& sources, std::vector<inventory::Problem>& problems, Keep keep);

  // The project's side, filled in by the Renderer.
  std::filesystem::path root;      ///< folder of gannet.yaml
  std::filesystem::path env_file;  ///< of the environment; absolute; empty: none

  [[nodiscard]] const Service& service() const { return service_; }
  [[nodiscard]] const HostContext& context() const { return context_; }
  [[nodiscard]] SourceFiles& sources() { return sources_; }
  [[nodiscard]] std::size_t problems() const { return problems_.size(); }

  void add(const SourceLocation& from, std::string message, std::string hint = {},
           std::string note = {}, std::string_view token = {});
  void add(inventory::Problem problem) { problems_.push_back(std::move(problem)); }
  /// Gives `rule` to what was added after there were `before` problems, unless it has one.
  void give_rule(std::string_view rule, std::size_t before) {
    inventory::give_rule(problems_, rule, before);
  }
  void add(const SourceLocation& from, const Error& error) { add(from, error.context, error.hint); }

  [[nodiscard]] std::string expand(const PlacedText& text);
  /// The text, or `otherwise` when it is not given.
  [[nodiscard]] std::string expand(const PlacedText& text, const std::string& otherwise);
  [[nodiscard]] std::vector<std::string> expand(const std::vector<PlacedText>& texts);
  /// expand(), and a problem unless it is a clean absolute path. `key` is for the message.
  [[nodiscard]] std::string expand_path(const PlacedText& text, const std::string& otherwise,
                                        std::string_view key);

  /// Puts a file of the project, or with a "/" at the end of both paths a folder, on the host. A
  /// file that the service has already stays as it is.
  void place_source(const std::string& src, const Placing& placing, RenderedService& rendered);
  void place_text(std::string text, const Placing& placing, RenderedService& rendered);

 private:
  const Service& service_;
  const HostContext& context_;
  Expander& expander_;
  SourceFiles& sources_;
  std::vector<inventory::Problem>& problems_;
  Keep keep_;
};

// Each adds its files and what runs to `rendered`, whose own files are there already.
void render_compose(RenderScope& scope, RenderedService& rendered);
void render_systemd(RenderScope& scope, RenderedService& rendered);
void render_caddy(RenderScope& scope, RenderedService& rendered);

}  // namespace gannet::playbooks
