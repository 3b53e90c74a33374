#include "agent/core/file_tools.h"

#include <algorithm>
#include <map>
#include <utility>

namespace gannet::agent {
namespace {

constexpr std::size_t kChunk = 64UL * 1024;         // bytes
constexpr std::size_t kManyFiles = 64;              // above: one syncfs instead of an fsync each
constexpr std::uint64_t kMaxText = 1024ULL * 1024;  // bytes reserved ahead at most

std::string temp_of(const std::string& path) {
  return path_in(parent_of(path), std::string(kTempPrefix) + name_of(path));
}

Result<> write_temp(FileSystem& files, const std::string& temp,
                    std::span<const std::byte> content) {
  TRY(const auto writer, files.create(temp));
  TRY_VOID(writer->write(content));
  return writer->sync();
}

}  // namespace

std::string parent_of(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return "/";
  return std::string(path.substr(0, slash));
}

std::string path_in(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (directory != "/") path += '/';
  return path.append(name);
}

std::string name_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? path : path.substr(slash + 1));
}

Result<protocol::Bytes> read_file(FileSystem& files, const std::string& path, std::uint64_t limit) {
  TRY(const auto reader, files.open(path));
  protocol::Bytes content;
  content.reserve(std::min(limit, kMaxText) / 64);
  std::vector<std::byte> chunk(kChunk);
  for (;;) {
    TRY(const std::size_t count, reader->read(chunk));
    if (count == 0) return content;
    if (content.size() + count > limit) {
      return fail(Code::kConflict,
                  "read " + path + ": larger than " + std::to_string(limit) + " bytes");
    }
    content.insert(content.end(), chunk.begin(),
                   chunk.begin() + static_cast<std::ptrdiff_t>(count));
  }
}

Result<std::string> read_text(FileSystem& files, const std::string& path, std::uint64_t limit) {
  TRY(const auto bytes, read_file(files, path, limit));
  std::string text(bytes.size(), '\0');
  std::transform(bytes.begin(), bytes.end(), text.begin(),
                 [](std::byte byte) { return static_cast<char>(byte); });
  return text;
}

Result<Digest> hash_file(FileSystem& files, const std::string& path) {
  TRY(const auto reader, files.open(path));
  std::vector<std::byte> chunk(kChunk);
  Sha256 hash;
  for (;;) {
    TRY(const std::size_t count, reader->read(chunk));
    if (count == 0) return hash.finish();
    hash.update(std::span(chunk).first(count));
  }
}

Result<Copied> copy_file(FileSystem& files, const std::string& from, FileWriter& to) {
  TRY(const auto reader, files.open(from));
  std::vector<std::byte> chunk(kChunk);
  Sha256 hash;
  Copied copied;
  for (;;) {
    TRY(const std::size_t count, reader->read(chunk));
    if (count == 0) break;
    const auto bytes = std::span<const std::byte>(chunk).first(count);
    hash.update(bytes);
    TRY_VOID(to.write(bytes));
    copied.size += count;
  }
  copied.digest = hash.finish();
  return copied;
}

Result<> stage_file(FileSystem& files, const std::string& path,
                    std::span<const std::byte> content) {
  const std::string temp = temp_of(path);
  TRY_VOID(remove_if_there(files, temp));
  auto written = write_temp(files, temp, content);
  // What made the write fail is the news; that the rest stays behind is found at the next start.
  if (!written) static_cast<void>(files.unlink(temp));
  return written;
}

Result<> publish_file(FileSystem& files, const std::string& path) {
  return files.rename(temp_of(path), path);
}

Result<> unstage_file(FileSystem& files, const std::string& path) {
  return remove_if_there(files, temp_of(path));
}

Result<> replace_file(FileSystem& files, const std::string& path,
                      std::span<const std::byte> content) {
  TRY_VOID(stage_file(files, path, content));
  if (auto renamed = publish_file(files, path); !renamed) {
    static_cast<void>(files.unlink(temp_of(path)));
    return renamed;
  }
  return files.sync_dir(parent_of(path));
}

Result<> remove_if_there(FileSystem& files, const std::string& path) {
  auto removed = files.unlink(path);
  if (!removed && removed.error().code == Code::kNotFound) return {};
  return removed;
}

Result<bool> is_directory(FileSystem& files, const std::string& path) {
  TRY(const auto info, files.stat(path));
  if (!info) return false;
  if (info->kind == FileKind::kDirectory) return true;
  if (info->kind == FileKind::kSymlink) {
    TRY_VOID(files.space(path));  // refuses a link that is not trusted or leads nowhere
    return true;
  }
  return fail(Code::kConflict, path + ": not a directory",
              "remove " + path + " on the host, or choose another destination");
}

Result<std::vector<std::string>> missing_parents(FileSystem& files, const std::string& path) {
  std::vector<std::string> missing;
  for (std::string above = parent_of(path); above != "/"; above = parent_of(above)) {
    TRY(const bool there, is_directory(files, above));
    if (there) break;
    missing.push_back(above);
  }
  std::reverse(missing.begin(), missing.end());
  return missing;
}

Result<> remove_tree(FileSystem& files, const std::string& path,
                     std::vector<std::string>& removed) {
  TRY(const auto info, files.stat(path));
  if (!info) return {};
  if (info->kind == FileKind::kDirectory) {
    TRY(const auto names, files.list(path));
    for (const std::string& name : names) {
      TRY_VOID(remove_tree(files, path_in(path, name), removed));
    }
    TRY_VOID(files.remove_dir(path));
  } else {
    TRY_VOID(files.unlink(path));
  }
  removed.push_back(path);
  return {};
}

Result<> sync_files(FileSystem& files, const std::vector<std::string>& paths) {
  std::map<std::uint64_t, std::vector<std::string>> by_device;
  for (const std::string& path : paths) {
    TRY(const auto info, files.stat(path));
    if (info) by_device[info->device].push_back(path);
  }
  for (const auto& [device, group] : by_device) {
    if (group.size() > kManyFiles) {
      TRY_VOID(files.sync_file_system(parent_of(group.front())));
      continue;
    }
    for (const std::string& path : group) TRY_VOID(files.sync_file(path));
  }
  return {};
}

Result<> sync_dirs(FileSystem& files, const std::set<std::string>& directories) {
  std::map<std::uint64_t, std::vector<std::string>> by_device;
  for (const std::string& path : directories) {
    TRY(const auto info, files.stat(path));
    if (!info) continue;
    TRY(const auto space, files.space(path));
    by_device[space.device].push_back(path);
  }
  for (const auto& [device, group] : by_device) {
    if (group.size() > kManyFiles) {
      TRY_VOID(files.sync_file_system(group.front()));
      continue;
    }
    for (const std::string& path : group) TRY_VOID(files.sync_dir(path));
  }
  return {};
}

}  // namespace gannet::agent
