#include "controller/deploy/release_builder.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace gannet::controller {
namespace {

using playbooks::CheckType;
using protocol::CheckKind;

constexpr std::uint64_t kMinDiskBytes = 16UL * 1024UL * 1024UL;
constexpr std::uint64_t kMinInodes = 100;
constexpr std::uint64_t kMinMemoryBytes = 16UL * 1024UL * 1024UL;
constexpr std::uint64_t kMaxLoad = 400;           // hundredths, per core
constexpr std::uint64_t kMaxTemperature = 8'000;  // hundredths of a degree Celsius
constexpr std::uint64_t kMaxSkew = 30'000;        // milliseconds

CheckKind kind_of(CheckType type) {
  switch (type) {
    case CheckType::kDisk:
      return CheckKind::kDisk;
    case CheckType::kMemory:
      return CheckKind::kMemory;
    case CheckType::kLoad:
      return CheckKind::kLoad;
    case CheckType::kTemperature:
      return CheckKind::kTemperature;
    case CheckType::kThrottling:
      return CheckKind::kThrottling;
    case CheckType::kClock:
      return CheckKind::kClock;
    case CheckType::kPortFree:
      return CheckKind::kPortFree;
    case CheckType::kPortOpen:
      return CheckKind::kPortOpen;
    case CheckType::kUnit:
      return CheckKind::kUnit;
    case CheckType::kHttp:
      return CheckKind::kHttp;
    case CheckType::kTcp:
      return CheckKind::kTcp;
    case CheckType::kFile:
      return CheckKind::kFile;
    case CheckType::kProcess:
      return CheckKind::kProcess;
    case CheckType::kCommand:
      return CheckKind::kCommand;
    case CheckType::kWritable:
      return CheckKind::kWritable;
  }
  return CheckKind::kCommand;
}

/// The limit in the unit of the wire, from the user's: load and degrees by 100, seconds by 1000.
std::uint64_t max_value(const playbooks::CheckSpec& spec) {
  const double factor = spec.type == CheckType::kClock ? 1'000.0 : 100.0;
  if (spec.max > 0) return static_cast<std::uint64_t>(std::llround(spec.max * factor));
  if (spec.type == CheckType::kClock) return kMaxSkew;
  if (spec.type == CheckType::kLoad) return kMaxLoad;
  if (spec.type == CheckType::kTemperature) return kMaxTemperature;
  return 0;
}

std::vector<protocol::Hook> build_hooks(const std::vector<playbooks::HookSpec>& specs) {
  std::vector<protocol::Hook> hooks;
  for (const auto& spec : specs) {
    protocol::Hook& hook = hooks.emplace_back();
    hook.command = spec.run;
    hook.timeout_ms = static_cast<std::uint64_t>(spec.timeout.count());
  }
  return hooks;
}

protocol::FileEntry build_file(const playbooks::RenderedFile& file) {
  protocol::FileEntry entry;
  entry.path = file.dest;
  entry.content = file.content.digest;
  entry.size = file.content.size;
  entry.mode = file.mode;
  entry.owner = file.owner;
  entry.group = file.group;
  entry.secret = file.secret;
  return entry;
}

protocol::PullPolicy policy_of(playbooks::ImagePull pull) {
  switch (pull) {
    case playbooks::ImagePull::kMissing:
      return protocol::PullPolicy::kMissing;
    case playbooks::ImagePull::kAlways:
      return protocol::PullPolicy::kAlways;
    case playbooks::ImagePull::kNever:
      return protocol::PullPolicy::kNever;
  }
  return protocol::PullPolicy::kMissing;
}

protocol::ComposeSpec build_project(const playbooks::RenderedCompose& compose) {
  protocol::ComposeSpec spec;
  spec.project = compose.project;
  spec.directory = compose.directory;
  spec.files = compose.files;
  spec.env_files = compose.env_files;
  spec.profiles = compose.profiles;
  spec.recreate_on = compose.recreate_on;
  spec.timeout_ms = static_cast<std::uint64_t>(compose.timeout.count());
  for (const auto& image : compose.images) {
    protocol::ImageSpec& one = spec.images.emplace_back();
    one.service = image.service;
    one.reference = image.reference;
    one.pull = policy_of(image.pull);
  }
  std::ranges::sort(spec.images, {}, &protocol::ImageSpec::service);
  return spec;
}

protocol::UnitSpec build_unit(const playbooks::RenderedUnit& unit) {
  protocol::UnitSpec spec;
  spec.name = unit.name;
  spec.user = unit.user;
  spec.enable = unit.enable;
  spec.running = unit.running;
  spec.definition = unit.definition;
  spec.restart_on = unit.restart_on;
  spec.reload_on = unit.reload_on;
  spec.install = unit.install;
  return spec;
}

protocol::CaddySpec build_site(const playbooks::RenderedSite& site) {
  protocol::CaddySpec spec;
  spec.config = site.config;
  spec.site = site.site;
  spec.probe_host = site.probe_host;
  spec.probe_path = site.probe_path;
  spec.probe_port = site.probe_port;
  spec.probe_expect = site.probe_expect;
  return spec;
}

protocol::Check built_in(CheckKind kind, std::string name, bool warn_only) {
  protocol::Check check;
  check.kind = kind;
  check.name = std::move(name);
  check.warn_only = warn_only;
  return check;
}

protocol::Check disk(const std::string& path, bool warn_only) {
  protocol::Check check = built_in(CheckKind::kDisk, "disk " + path, warn_only);
  check.target = path;
  check.min_bytes = kMinDiskBytes;
  check.min_count = kMinInodes;
  return check;
}

protocol::Check limit(CheckKind kind, std::string name, std::uint64_t max, bool warn_only) {
  protocol::Check check = built_in(kind, std::move(name), warn_only);
  check.max_value = max;
  return check;
}

/// What is asked for in gannet.yaml takes the place of ours: one question, one answer.
bool replaces(const playbooks::CheckSpec& own, const protocol::Check& built_in) {
  if (kind_of(own.type) != built_in.kind) return false;
  return built_in.kind != CheckKind::kDisk || own.target == built_in.target;
}

}  // namespace

protocol::Release build_release(const playbooks::RenderedService& service,
                                const ReleaseStamp& stamp) {
  protocol::Release release;
  release.service = service.name;
  release.id = stamp.id;
  release.tag = stamp.tag;
  release.run = stamp.run;
  release.who = stamp.who;
  release.created_ms = stamp.created_ms;
  for (const auto& file : service.files) release.files.push_back(build_file(file));
  release.before = build_hooks(service.before);
  release.after = build_hooks(service.after);
  release.on_rollback = build_hooks(service.on_rollback);
  for (const auto& check : service.health.checks)
    release.health.checks.push_back(build_check(check));
  release.health.stable_for_ms = static_cast<std::uint64_t>(service.health.stable_for.count());
  release.health.timeout_ms = static_cast<std::uint64_t>(service.health.timeout.count());
  for (const auto& unit : service.units) release.units.push_back(build_unit(unit));
  if (service.compose) release.projects.push_back(build_project(*service.compose));
  if (service.site) release.sites.push_back(build_site(*service.site));
  release.needs = service.needs;
  release.reboot_when_needed = service.reboot_when_needed;
  return release;
}

void add_image(protocol::Release& release, protocol::ImageSpec image) {
  auto& images = release.projects.front().images;
  images.push_back(std::move(image));
  std::ranges::sort(images, {}, &protocol::ImageSpec::service);
}

protocol::Check build_check(const playbooks::CheckSpec& spec) {
  protocol::Check check;
  check.kind = kind_of(spec.type);
  check.target = spec.target;
  check.pattern = spec.pattern;
  check.port = spec.port;
  check.expect = spec.expect.value_or(spec.type == CheckType::kHttp ? 200 : 0);
  check.min_bytes = spec.min_bytes;
  check.min_count = spec.min_inodes;
  check.max_value = max_value(spec);
  check.timeout_ms = static_cast<std::uint64_t>(spec.timeout.count());
  check.warn_only = spec.warn_only;
  check.name = spec.name;
  if (check.name.empty()) {
    check.name = protocol::to_string(check.kind);
    if (!spec.target.empty()) check.name += " " + spec.target;
    if (spec.port != 0) check.name += " " + std::to_string(spec.port);
  }
  return check;
}

std::vector<protocol::Check> preflight_checks(
    const std::vector<playbooks::CheckSpec>& project_checks, const std::string& state_dir) {
  std::vector<protocol::Check> checks;
  if (!state_dir.empty()) checks.push_back(disk(state_dir, false));
  checks.push_back(disk("/", true));
  checks.push_back(built_in(CheckKind::kMemory, "memory", false));
  checks.back().min_bytes = kMinMemoryBytes;
  checks.push_back(limit(CheckKind::kLoad, "load", kMaxLoad, true));
  checks.push_back(limit(CheckKind::kTemperature, "temperature", kMaxTemperature, true));
  checks.push_back(built_in(CheckKind::kThrottling, "throttling", true));
  checks.push_back(limit(CheckKind::kClock, "clock", kMaxSkew, false));
  std::erase_if(checks, [&](const protocol::Check& check) {
    return std::ranges::any_of(project_checks,
                               [&](const auto& spec) { return replaces(spec, check); });
  });
  for (const auto& spec : project_checks) checks.push_back(build_check(spec));
  return checks;
}

}  // namespace gannet::controller
