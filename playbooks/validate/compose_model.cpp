#include "playbooks/validate/compose_model.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "inventory/yaml_node.h"
#include "playbooks/compose_images.h"
#include "playbooks/env_file.h"
#include "playbooks/interpolate.h"

namespace gannet::playbooks {
namespace {

constexpr int kMaxLevels = 16;  // of files that include or extend files

/// The text of a rendered file; nullopt: it cannot be read.
std::optional<std::string> text_of(const RenderedFile& file) {
  if (file.content.text) return *file.content.text;
  auto text = inventory::read_text_file(file.content.path, inventory::kMaxYamlBytes);
  return text ? std::optional(std::move(*text)) : std::nullopt;
}

class ModelLoader {
 public:
  explicit ModelLoader(const RenderedService& service) : service_(service) {
    for (const std::string& dest : service.compose->env_files) {
      const RenderedFile* file = find(dest);
      const auto text = file == nullptr ? std::nullopt : text_of(*file);
      const auto parsed = text ? parse_env(*text, dest) : fail(Code::kNotFound, dest, "");
      if (parsed) variables_ = *parsed;
    }
    expand_ = [this](const std::string& text) -> std::optional<std::string> {
      const VariableLookup lookup = [this](std::string_view name) -> std::optional<std::string> {
        const auto found = variables_.find(std::string(name));
        return found == variables_.end() ? std::nullopt : std::optional(found->second);
      };
      auto value = interpolate(text, lookup, DollarStyle::kNames);
      return value ? std::optional(std::move(*value)) : std::nullopt;
    };
  }

  ComposeModel load() {
    model_.profiles = service_.compose->profiles;
    for (const std::string& file : service_.compose->files) take_in(file, 0);
    return std::move(model_);
  }

 private:
  [[nodiscard]] const RenderedFile* find(const std::string& dest) const {
    const auto found = std::ranges::find(service_.files, dest, &RenderedFile::dest);
    return found == service_.files.end() ? nullptr : &*found;
  }

  static std::string beside(const std::string& dest, const std::string& path) {
    return (std::filesystem::path(dest).parent_path() / path).lexically_normal().string();
  }

  /// `folder`: a file in it, from whose folder the relative paths begin.
  std::optional<ComposeSource> read(const std::string& dest, const std::string& folder) {
    const RenderedFile* file = find(dest);
    auto text = file == nullptr ? std::nullopt : text_of(*file);
    if (!text) return std::nullopt;
    const bool written = file->content.path.empty();
    const std::string name =
        written ? file->from.file : file->content.path.lexically_normal().string();
    auto source = read_compose_source(name, std::move(*text), expand_,
                                      written ? std::optional(file->from) : std::nullopt);
    if (!source) return std::nullopt;
    for (ComposeEntry& entry : source->model.services) {
      for (ComposeMount& mount : entry.mounts) {
        if (mount.source.starts_with('.')) mount.path = beside(folder, mount.source);
      }
    }
    return source;
  }

  /// Adds a file and what it includes to the project.
  void take_in(const std::string& dest, int depth) {
    if (depth > kMaxLevels || !seen_.insert(dest).second) return;
    auto source = read(dest, depth == 0 ? service_.compose->files.front() : dest);
    if (!source) {
      model_.partial = true;
      return;
    }
    model_.files.insert(model_.files.end(), source->model.files.begin(), source->model.files.end());
    for (const std::string& file : source->includes) take_in(beside(dest, file), depth + 1);
    for (const ComposeEntry& entry : source->model.services) {
      model_.put(with_base(dest, *source, entry, 0));
    }
    model_.volumes.merge(source->model.volumes);
    model_.networks.merge(source->model.networks);
  }

  /// A file that services extend; read once. Null: it cannot be read.
  const ComposeSource* base_source(const std::string& dest) {
    const auto there = bases_.find(dest);
    if (there != bases_.end()) return there->second ? &*there->second : nullptr;
    const auto& read_now = bases_.emplace(dest, read(dest, dest)).first->second;
    if (!read_now) return nullptr;
    model_.files.push_back(read_now->model.files.front());
    return &*read_now;
  }

  /// `entry` over the service that it extends, if it does.
  ComposeEntry with_base(const std::string& dest, const ComposeSource& source,
                         const ComposeEntry& entry, int depth) {
    if (entry.base.empty()) return entry;
    const std::string file = entry.base_file.empty() ? dest : beside(dest, entry.base_file);
    const ComposeSource* other = entry.base_file.empty() ? &source : base_source(file);
    if (other == nullptr || depth > kMaxLevels) {
      model_.partial = true;
      return entry;
    }
    const ComposeEntry* base = other->model.find(entry.base);
    if (base == nullptr) return entry;
    ComposeEntry merged = with_base(file, *other, *base, depth + 1);
    merged.name = entry.name;
    merged.from = entry.from;
    merge_compose_entry(merged, entry);
    return merged;
  }

  const RenderedService& service_;
  Variables variables_;
  ComposeExpand expand_;
  ComposeModel model_;
  std::set<std::string> seen_;
  std::map<std::string, std::optional<ComposeSource>> bases_;
};

void replace_if_given(PlacedText& text, const PlacedText& later) {
  if (later.given()) text = later;
}

}  // namespace

void ComposeModel::put(const ComposeEntry& service) {
  const auto [there, fresh] = places_.emplace(service.name, services.size());
  if (fresh) {
    services.push_back(service);
  } else {
    merge_compose_entry(services[there->second], service);
  }
}

const ComposeEntry* ComposeModel::find(std::string_view name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? nullptr : &services[found->second];
}

bool ComposeModel::is_active(const ComposeEntry& service) const {
  std::vector<std::string> own;
  own.reserve(service.profiles.size());
  for (const PlacedText& profile : service.profiles) own.push_back(profile.value);
  return has_active_profile(own, profiles);
}

void merge_compose_entry(ComposeEntry& service, const ComposeEntry& later) {
  replace_if_given(service.image, later.image);
  replace_if_given(service.network_mode, later.network_mode);
  replace_if_given(service.privileged, later.privileged);
  replace_if_given(service.user, later.user);
  replace_if_given(service.restart, later.restart);
  replace_if_given(service.container_name, later.container_name);
  replace_if_given(service.health.form, later.health.form);
  service.health.disabled = service.health.disabled || later.health.disabled;
  if (later.replicas != 1) service.replicas = later.replicas;
  // Compose keeps what is written the same way in both files once.
  for (const ComposePort& port : later.ports) {
    const auto same = [&](const ComposePort& one) {
      return one.address == port.address && one.host == port.host && one.target == port.target &&
             one.protocol == port.protocol;
    };
    if (std::ranges::none_of(service.ports, same)) service.ports.push_back(port);
  }
  // Two mounts of one file with one target both stay: Docker refuses them, and a rule tells.
  std::erase_if(service.mounts, [&](const ComposeMount& one) {
    return std::ranges::find(later.mounts, one.target, &ComposeMount::target) != later.mounts.end();
  });
  const auto append = [](auto& list, const auto& more) {
    list.insert(list.end(), more.begin(), more.end());
  };
  append(service.mounts, later.mounts);
  append(service.networks, later.networks);
  append(service.profiles, later.profiles);
  append(service.depends_on, later.depends_on);
  append(service.capabilities, later.capabilities);
  append(service.health.durations, later.health.durations);
}

ComposeModel load_compose_model(const RenderedService& service) {
  return ModelLoader(service).load();
}

}  // namespace gannet::playbooks
