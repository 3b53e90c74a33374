#include "tests/support/memory_file_system.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "agent/core/file_tools.h"
#include "base/text.h"
#include "tests/support/memory_node.h"

namespace gannet::test {

using agent::FileInfo;
using agent::FileKind;
using agent::name_of;
using agent::parent_of;

namespace {

tl::unexpected<Error> no(Code code, const std::string& what) {
  const char* text = code == Code::kNotFound   ? "no such file"
                     : code == Code::kConflict ? "something else is there"
                     : code == Code::kReadOnly ? "read-only file system"
                                               : "failed";
  return fail(code, what + ": " + text);
}

void walk(const std::string& path, const NodePtr& node,
          const std::function<void(const std::string&, const MemoryFileSystem::Node&)>& visit) {
  for (const auto& [name, child] : node->names) {
    const std::string below = path + "/" + name;
    visit(below, *child);
    walk(below, child, visit);
  }
}

}  // namespace

MemoryFileSystem::MemoryFileSystem() : root_(new_node(FileKind::kDirectory)) {}
MemoryFileSystem::~MemoryFileSystem() = default;

NodePtr MemoryFileSystem::new_node(FileKind kind) {
  auto node = std::make_shared<Node>();
  node->kind = kind;
  node->inode = next_inode_++;
  node->attributes.uid = identity_.uid;
  node->attributes.gid = identity_.gid;
  return node;
}

NodePtr MemoryFileSystem::find(const std::string& path) const {
  NodePtr node = root_;
  for (const std::string& part : split(path, '/')) {
    if (part.empty()) continue;
    const auto next = node->names.find(part);
    if (next == node->names.end()) return nullptr;
    node = next->second;
  }
  return node;
}

Result<NodePtr> MemoryFileSystem::directory(const std::string& path) const {
  auto node = find(path);
  if (!node) return no(Code::kNotFound, path);
  if (node->kind != FileKind::kDirectory) return no(Code::kConflict, path);
  return node;
}

Result<NodePtr> MemoryFileSystem::parent(const std::string& path) const {
  return directory(parent_of(path));
}

Result<> MemoryFileSystem::check_change(const std::string& path) const {
  if (read_only_.empty() || !path.starts_with(read_only_)) return {};
  return no(Code::kReadOnly, path);
}

void MemoryFileSystem::put_dir(const std::string& path) {
  NodePtr node = root_;
  for (const std::string& part : split(path, '/')) {
    if (part.empty()) continue;
    auto& next = node->names[part];
    if (!next) {
      next = new_node(FileKind::kDirectory);
      next->attributes.mode = 0755;
      next->sync();
      node->sync();
    }
    node = next;
  }
}

void MemoryFileSystem::put(const std::string& path, std::string_view content, std::uint32_t mode,
                           std::uint32_t uid, std::uint32_t gid) {
  put_dir(parent_of(path));
  const auto above = find(parent_of(path));
  const auto node = new_node(FileKind::kFile);
  const auto bytes = std::as_bytes(std::span(content));
  node->data.assign(bytes.begin(), bytes.end());
  node->attributes = {mode, uid, gid};
  node->sync();
  above->names[name_of(path)] = node;
  above->sync();
}

void MemoryFileSystem::put_link(const std::string& path, const std::string& target) {
  put(path, "");
  const auto node = find(path);
  node->kind = FileKind::kSymlink;
  node->target = target;
}

void MemoryFileSystem::erase(const std::string& path) {
  const auto above = find(parent_of(path));
  if (!above) return;
  above->names.erase(name_of(path));
  above->sync();
}

std::map<std::string, SeenFile> MemoryFileSystem::files(std::string_view prefix) const {
  std::map<std::string, SeenFile> found;
  walk("", root_, [&](const std::string& path, const Node& node) {
    if (node.kind != FileKind::kFile || !path.starts_with(prefix)) return;
    std::string content(node.data.size(), '\0');
    std::transform(node.data.begin(), node.data.end(), content.begin(),
                   [](std::byte byte) { return static_cast<char>(byte); });
    const auto& attributes = node.attributes;
    found[path] = {content, attributes.mode, attributes.uid, attributes.gid};
  });
  return found;
}

std::vector<std::string> MemoryFileSystem::directories(std::string_view prefix) const {
  std::vector<std::string> found;
  walk("", root_, [&](const std::string& path, const Node& node) {
    if (node.kind == FileKind::kDirectory && path.starts_with(prefix)) found.push_back(path);
  });
  return found;
}

void MemoryFileSystem::reboot(Loss loss, std::uint32_t seed) {
  locks_.clear();
  cut_power(root_, loss, seed);
}

Result<std::optional<FileInfo>> MemoryFileSystem::stat(const std::string& path) {
  const auto node = find(path);
  if (!node) return std::optional<FileInfo>{};
  const auto& attributes = node->attributes;
  return FileInfo{.kind = node->kind,
                  .mode = attributes.mode,
                  .uid = attributes.uid,
                  .gid = attributes.gid,
                  .size = node->data.size(),
                  .device = 1,
                  .inode = node->inode,
                  .changed_ms = changed_ms_};
}

Result<std::unique_ptr<agent::FileReader>> MemoryFileSystem::open(const std::string& path) {
  const auto node = find(path);
  if (!node) return no(Code::kNotFound, "open " + path);
  if (node->kind != FileKind::kFile) return no(Code::kConflict, "open " + path);
  return read_node(*node);
}

Result<std::unique_ptr<agent::FileWriter>> MemoryFileSystem::create(const std::string& path) {
  TRY_VOID(check_change(path));
  TRY(const auto above, parent(path));
  auto& node = above->names[name_of(path)];
  if (node) return no(Code::kConflict, "create " + path);
  node = new_node(FileKind::kFile);
  return write_node(node, syncs_);
}

Result<std::vector<std::string>> MemoryFileSystem::list(const std::string& path) {
  TRY(const auto node, directory(path));
  std::vector<std::string> names;
  for (const auto& [name, child] : node->names) names.push_back(name);
  return names;
}

Result<std::string> MemoryFileSystem::read_link(const std::string& path) {
  const auto node = find(path);
  if (!node || node->kind != FileKind::kSymlink) return no(Code::kNotFound, "link " + path);
  return node->target;
}

Result<> MemoryFileSystem::make_dir(const std::string& path, std::uint32_t mode) {
  TRY_VOID(check_change(path));
  TRY(const auto above, parent(path));
  auto& node = above->names[name_of(path)];
  if (node) return no(Code::kConflict, "make directory " + path);
  node = new_node(FileKind::kDirectory);
  node->attributes.mode = mode;
  node->synced_attributes = node->attributes;
  return {};
}

Result<> MemoryFileSystem::remove_dir(const std::string& path) {
  TRY_VOID(check_change(path));
  TRY(const auto node, directory(path));
  if (!node->names.empty()) return no(Code::kConflict, "remove directory " + path);
  TRY(const auto above, parent(path));
  above->names.erase(name_of(path));
  return {};
}

Result<> MemoryFileSystem::unlink(const std::string& path) {
  TRY_VOID(check_change(path));
  const auto node = find(path);
  if (!node) return no(Code::kNotFound, "remove " + path);
  if (node->kind == FileKind::kDirectory) return no(Code::kConflict, "remove " + path);
  TRY(const auto above, parent(path));
  above->names.erase(name_of(path));
  return {};
}

Result<> MemoryFileSystem::rename(const std::string& from, const std::string& to) {
  TRY_VOID(check_change(to));
  const auto node = find(from);
  if (!node) return no(Code::kNotFound, "rename " + from);
  const auto old = find(to);
  if (old && old->kind != FileKind::kFile) return no(Code::kConflict, "replace " + to);
  TRY(const auto source, parent(from));
  TRY(const auto target, parent(to));
  source->names.erase(name_of(from));
  target->names[name_of(to)] = node;
  return {};
}

Result<> MemoryFileSystem::sync_file(const std::string& path) {
  ++syncs_;
  const auto node = find(path);
  if (!node || node->kind != FileKind::kFile) return no(Code::kNotFound, "sync " + path);
  node->sync();
  return {};
}

Result<> MemoryFileSystem::sync_dir(const std::string& path) {
  ++syncs_;
  TRY(const auto node, directory(path));
  node->sync();
  return {};
}

Result<> MemoryFileSystem::sync_file_system(const std::string& path) {
  ++syncs_;
  TRY_VOID(directory(path));
  root_->sync();
  const std::function<void(const NodePtr&)> sync_below = [&](const NodePtr& node) {
    for (const auto& [name, child] : node->names) {
      child->sync();
      sync_below(child);
    }
  };
  sync_below(root_);
  return {};
}

Result<agent::SpaceInfo> MemoryFileSystem::space(const std::string& path) {
  TRY_VOID(directory(path));
  return space_;
}

Result<> MemoryFileSystem::check_writable(const std::string& path) {
  TRY_VOID(directory(path));
  return check_change(path);
}

Result<std::unique_ptr<agent::FileLock>> MemoryFileSystem::try_lock(const std::string& path,
                                                                    agent::LockMode mode) {
  if (!find(path)) TRY_VOID(create(path));
  auto& state = locks_[path];
  if (!state) state = std::make_shared<LockState>();
  const bool exclusive = mode == agent::LockMode::kExclusive;
  if (state->exclusive || (exclusive && state->shared > 0)) {
    return std::unique_ptr<agent::FileLock>{};
  }
  if (exclusive) state->exclusive = true;
  if (!exclusive) ++state->shared;
  return lock_node(state, mode, find(path));
}

}  // namespace gannet::test
