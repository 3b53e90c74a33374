// From services and a host to the exact bytes that should be there.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "inventory/host.h"
#include "playbooks/project.h"

namespace gannet::playbooks {

/// Variables of an environment file, in order of precedence already merged.
using Variables = std::map<std::string, std::string>;

/// What templates may use besides variables: host.name, host.address, host.arch, label.role, ...
/// Without facts (offline) host.arch, host.os and the like are unknown.
struct HostContext {
  const inventory::Host* host = nullptr;     ///< not owned; outlives the call
  std::map<std::string, std::string> facts;  ///< "arch" -> "aarch64", "hostname", "os", "kernel"
};

/// Content of one rendered file: a file of the project as it is, or text made for this host.
struct Content {
  std::filesystem::path path;               ///< when not in memory
  std::shared_ptr<const std::string> text;  ///< when rendered; shared, never null then
  Digest digest;
  std::uint64_t size = 0;
};

struct RenderedFile {
  std::string dest;  ///< clean absolute path
  Content content;
  std::uint32_t mode = 0644;
  std::string owner;  ///< user; may be empty
  std::string group;
  bool secret = false;
};

/// One service as one host should have it. Files sorted by dest.
struct RenderedService {
  std::string name;
  std::vector<RenderedFile> files;
  std::vector<HookSpec> before, after, on_rollback;  ///< ${VAR} and {{ }} replaced
  HealthSpec health;                                 ///< likewise
};

/// Remembers digests of unchanged source files between hosts, so that each file is read once.
class Renderer {
 public:
  explicit Renderer(const Project& project, Variables variables);
  ~Renderer();
  Renderer(const Renderer&) = delete;
  Renderer& operator=(const Renderer&) = delete;

  /// Errors (all of them kInvalidInput, each with file:line:column): missing source file, unknown
  /// variable or template name, dest that is not clean and absolute, the same dest twice.
  [[nodiscard]] tl::expected<RenderedService, std::vector<Error>> render(
      const Service& service, const HostContext& context);

  /// True when rendering this service needs facts that only the host itself can tell.
  [[nodiscard]] bool needs_facts(const Service& service);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Reads `file` in Compose's dotenv dialect. Errors: kInvalidInput with file:line:column.
[[nodiscard]] Result<Variables> load_env_file(const std::filesystem::path& file);

}  // namespace gannet::playbooks
