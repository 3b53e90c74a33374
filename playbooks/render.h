// From services and a host to the exact bytes that should be there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "inventory/host.h"
#include "playbooks/env_file.h"
#include "playbooks/project.h"
#include "playbooks/rendered.h"

namespace gannet::playbooks {

/// What templates may use besides variables: host.name, host.address, host.arch, label.role, ...
/// Without facts (offline) host.arch, host.os and the like are unknown.
struct HostContext {
  const inventory::Host* host = nullptr;     ///< not owned; outlives the call
  std::map<std::string, std::string> facts;  ///< "arch" -> "aarch64", "hostname", "os", "kernel"
  std::string release_tag;                   ///< {{release.tag}}; may be empty
  std::string login;                         ///< who logs in when the inventory does not say
};

/// Remembers digests of unchanged source files between hosts, so that each file is read once.
class Renderer {
 public:
  /// `project` is kept by reference. `variables_from` names the env file in messages; may be empty.
  /// `env_file`: the same file for Compose projects, absolute; empty: the environment has none.
  explicit Renderer(const Project& project, Variables variables, std::string variables_from = {},
                    std::filesystem::path env_file = {});
  ~Renderer();
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

  /// Errors (all of them kInvalidInput, each with file:line:column): missing source file, unknown
  /// variable or template name, dest that is not clean and absolute, the same dest twice.
  [[nodiscard]] tl::expected<RenderedService, std::vector<Error>> render(
      const Service& service, const HostContext& context);

  /// The same with the problems in parts.
  [[nodiscard]] tl::expected<RenderedService, std::vector<inventory::Problem>> try_render(
      const Service& service, const HostContext& context);

  /// True when rendering this service needs facts that only the host itself can tell, or its
  /// release does: which of an image's architectures is sent.
  [[nodiscard]] bool needs_facts(const Service& service);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Files that two services of one host would both write, or that lie below one another; units and
/// Compose projects of one name. `host` is for the messages. Empty: none.
[[nodiscard]] std::vector<inventory::Problem> find_collisions(
    std::span<const RenderedService> services, std::string_view host);
/// The same as errors.
[[nodiscard]] std::vector<Error> check_collisions(std::span<const RenderedService> services,
                                                  std::string_view host);

}  // namespace gannet::playbooks
