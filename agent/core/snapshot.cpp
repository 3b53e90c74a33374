#include "agent/core/snapshot.h"

#include <algorithm>
#include <set>
#include <utility>

#include "agent/core/file_tools.h"

namespace gannet::agent {
namespace {

tl::unexpected<Error> not_a_file(const std::string& path, FileKind kind) {
  const std::string what = kind == FileKind::kSymlink     ? "a symlink"
                           : kind == FileKind::kDirectory ? "a directory"
                                                          : "no regular file";
  return fail(Code::kConflict, path + ": is " + what + " on this host",
              "remove " + path + " on the host, or choose another destination");
}

PathState to_state(const std::string& path, const FileInfo& info) {
  PathState state;
  state.path = path;
  state.exists = true;
  state.size = info.size;
  state.mode = info.mode;
  state.uid = info.uid;
  state.gid = info.gid;
  return state;
}

}  // namespace

Result<PathState> look_at(FileSystem& files, const std::string& path) {
  TRY(const auto info, files.stat(path));
  if (!info) {
    PathState absent;
    absent.path = path;
    return absent;
  }
  if (info->kind != FileKind::kFile) return not_a_file(path, info->kind);
  PathState state = to_state(path, *info);
  TRY(state.content, hash_file(files, path));
  return state;
}

Result<PathState> wanted_state(const protocol::FileEntry& entry, const Owners& owners) {
  TRY(const Ownership owner, owners.resolve(entry));
  PathState state;
  state.path = entry.path;
  state.exists = true;
  state.content = entry.content;
  state.size = entry.size;
  state.mode = entry.mode;
  state.uid = owner.uid;
  state.gid = owner.gid;
  return state;
}

Result<Snapshot> look_at_all(FileSystem& files, const std::vector<std::string>& paths,
                             const std::vector<std::string>& parents_for) {
  Snapshot snapshot;
  snapshot.paths.reserve(paths.size());
  for (const std::string& path : paths) {
    TRY(PathState state, look_at(files, path));
    snapshot.paths.push_back(std::move(state));
  }
  std::set<std::string> missing;
  std::set<std::string> seen;
  for (const std::string& path : parents_for) {
    if (!seen.insert(parent_of(path)).second) continue;
    TRY(const auto above, missing_parents(files, path));
    missing.insert(above.begin(), above.end());
  }
  snapshot.missing_dirs.assign(missing.begin(), missing.end());  // sorted: a parent comes first
  return snapshot;
}

Result<> save_contents(const ContentStore& store, Snapshot& snapshot) {
  std::vector<NewBlob> blobs;
  std::set<Digest> seen;
  Result<> outcome;
  for (PathState& state : snapshot.paths) {
    if (!state.exists || seen.contains(state.content)) continue;
    auto stored = store.has(state.content);
    if (stored && *stored) {
      seen.insert(state.content);
      continue;
    }
    auto blob = stored ? store.import_file(state.path, state.content)
                       : Result<NewBlob>(fail(std::move(stored.error())));
    if (!blob) {
      outcome = fail(std::move(blob.error()).in("snapshot"));
      break;
    }
    state.content = blob->digest;
    state.size = blob->size;
    seen.insert(blob->digest);
    blobs.push_back(std::move(*blob));
  }
  if (outcome) return store.keep(blobs);
  for (const NewBlob& blob : blobs) store.drop(blob);
  return outcome;
}

}  // namespace gannet::agent
