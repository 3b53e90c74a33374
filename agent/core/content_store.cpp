#include "agent/core/content_store.h"

#include <utility>

namespace gannet::agent {
namespace {

constexpr int kMaxTempNames = 1000;  // uploads of one content at the same time

}  // namespace

std::string ContentStore::path_of(const Digest& digest) const {
  const std::string hex = digest.hex();
  return paths_.blobs + "/" + hex.substr(0, 2) + "/" + hex;
}

Result<bool> ContentStore::has(const Digest& digest) const {
  TRY(const auto info, files_.stat(path_of(digest)));
  return info.has_value() && info->kind == FileKind::kFile;
}

Result<std::unique_ptr<FileWriter>> ContentStore::create(const Digest& expected,
                                                         std::string& temp) const {
  const std::string base = paths_.temp + "/" + expected.hex() + ".";
  for (int i = 0; i < kMaxTempNames; ++i) {
    temp = base + std::to_string(i);
    auto writer = files_.create(temp);
    if (writer || writer.error().code != Code::kConflict) return writer;
  }
  return fail(Code::kConflict, "create " + temp + ": too many uploads of it",
              "remove " + paths_.temp + " when no gannet works on this host");
}

Result<> ContentStore::keep(const std::vector<NewBlob>& blobs) const {
  std::vector<std::string> temps;
  temps.reserve(blobs.size());
  for (const NewBlob& blob : blobs) temps.push_back(blob.temp);
  auto kept = sync_files(files_, temps);
  if (kept) kept = publish(blobs);
  if (!kept) {
    for (const NewBlob& blob : blobs) drop(blob);
  }
  return kept;
}

Result<> ContentStore::publish(const std::vector<NewBlob>& blobs) const {
  std::set<std::string> directories;
  for (const NewBlob& blob : blobs) {
    const std::string path = path_of(blob.digest);
    const std::string directory = parent_of(path);
    TRY(const bool there, is_directory(files_, directory));
    if (!there) {
      auto made = files_.make_dir(directory, 0700);
      if (!made && made.error().code != Code::kConflict) return made;  // another upload made it
      directories.insert(paths_.blobs);
    }
    TRY_VOID(files_.rename(blob.temp, path));
    directories.insert(directory);
  }
  return sync_dirs(files_, directories);
}

void ContentStore::drop(const NewBlob& blob) const {
  // It may be kept already; what cannot be removed now is removed at the next start.
  static_cast<void>(files_.unlink(blob.temp));
}

Result<NewBlob> ContentStore::import_file(const std::string& path, const Digest& expected) const {
  NewBlob blob;
  TRY(const auto writer, create(expected, blob.temp));
  auto copied = copy_file(files_, path, *writer);
  if (!copied) {
    drop(blob);
    return fail(std::move(copied.error()));
  }
  blob.digest = copied->digest;
  blob.size = copied->size;
  return blob;
}

Result<std::uint32_t> ContentStore::prune(
    const std::function<bool(const std::string& hex)>& is_needed) const {
  std::uint32_t removed = 0;
  Result<> first;
  TRY(const auto folders, files_.list(paths_.blobs));
  for (const std::string& folder : folders) {
    const std::string directory = path_in(paths_.blobs, folder);
    TRY(const auto names, files_.list(directory));
    for (const std::string& name : names) {
      if (is_needed(name)) continue;
      auto gone = files_.unlink(path_in(directory, name));
      if (gone) {
        ++removed;
      } else if (first) {
        first = std::move(gone);
      }
    }
  }
  if (!first) return fail(std::move(first.error()));
  return removed;
}

}  // namespace gannet::agent
