#include "playbooks/source_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "base/text.h"
#include "inventory/problem.h"
#include "inventory/yaml_node.h"
#include "playbooks/template.h"

namespace gannet::playbooks {
namespace {

namespace fs = std::filesystem;
using inventory::in_quotes;

constexpr std::size_t kMaxFiles = 100'000;
constexpr int kMaxFoldersDeep = 64;
constexpr std::size_t kChunk = std::size_t{256} * 1024;  // bytes

std::string shown(const fs::path& path) { return printable(path.lexically_normal().string()); }

bool leaves_root(const std::string& src) {
  const fs::path clean = fs::path(src).lexically_normal();
  return clean.is_absolute() || (!clean.empty() && *clean.begin() == "..");
}

}  // namespace

SourceFiles::SourceFiles(fs::path root) : root_(std::move(root)) {
  std::error_code ec;
  real_root_ = fs::canonical(root_, ec);
}

Result<std::vector<SourceFile>> SourceFiles::find(const std::string& src) {
  if (const auto known = found_.find(src); known != found_.end()) return known->second;
  if (leaves_root(src)) {
    return fail(Code::kInvalidInput, in_quotes(src) + " is outside of the project",
                "copy the file into the project's folder");
  }
  const bool folder = src.ends_with('/');
  const std::string bare = folder ? src.substr(0, src.size() - 1) : src;
  const fs::path path = (root_ / bare).lexically_normal();
  std::error_code ec;
  const fs::file_status status = fs::status(path, ec);
  if (!fs::exists(status)) {
    return fail(Code::kInvalidInput,
                "there is no " + std::string(folder ? "folder " : "file ") +
                    in_quotes(shown(path) + (folder ? "/" : "")),
                "create it, or correct \"src\"");
  }
  if (fs::is_directory(status) && !folder) {
    return fail(Code::kInvalidInput, in_quotes(shown(path)) + " is a folder",
                "write src: " + src + "/ and a dest that ends with \"/\"");
  }
  if (!fs::is_directory(status) && folder) {
    return fail(Code::kInvalidInput, in_quotes(src) + " is a file, not a folder",
                "remove the \"/\" at the end");
  }
  TRY_VOID(check_inside(path));
  std::vector<SourceFile> files;
  if (folder) {
    folders_ = 0;
    TRY_VOID(walk(path, "", 0, files));
    std::sort(files.begin(), files.end(),
              [](const SourceFile& a, const SourceFile& b) { return a.relative < b.relative; });
  } else {
    TRY(files.emplace_back(), single(path, path.filename().string()));
  }
  found_[src] = files;
  return files;
}

Result<> SourceFiles::check_inside(const fs::path& path) const {
  std::error_code ec;
  const fs::path real = fs::canonical(path, ec);
  if (ec) return fail(Code::kInvalidInput, in_quotes(shown(path)) + ": " + ec.message());
  const auto [rest, ignored] =
      std::mismatch(real_root_.begin(), real_root_.end(), real.begin(), real.end());
  if (rest == real_root_.end()) return {};
  return fail(Code::kInvalidInput,
              in_quotes(shown(path)) + " is a link that leaves the project, to " + shown(real),
              "copy what it points to into the project's folder");
}

Result<> SourceFiles::check_not_above(const fs::path& link) const {
  std::error_code ec;
  const fs::path target = fs::canonical(link, ec);
  const fs::path folder = fs::canonical(link.parent_path(), ec);
  const auto [rest, ignored] =
      std::mismatch(target.begin(), target.end(), folder.begin(), folder.end());
  if (ec || rest != target.end()) return {};
  return fail(Code::kInvalidInput, in_quotes(shown(link)) + " is a link to a folder above it",
              "remove the link");
}

Result<SourceFile> SourceFiles::single(const fs::path& path, std::string relative) const {
  std::error_code ec;
  const fs::file_status status = fs::status(path, ec);
  if (!fs::is_regular_file(status)) {
    const bool dangling = !fs::exists(status);
    return fail(
        Code::kInvalidInput,
        in_quotes(shown(path)) + (dangling ? " is a link to nothing" : " is not a regular file"),
        "remove it from the folder");
  }
  const bool odd = std::any_of(relative.begin(), relative.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20U || c == 0x7F;
  });
  if (odd) {
    return fail(Code::kInvalidInput,
                "the name of " + in_quotes(shown(path)) + " holds a control character",
                "rename the file");
  }
  const auto any_exec = fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec;
  return SourceFile{path, std::move(relative),
                    (status.permissions() & any_exec) != fs::perms::none};
}

Result<> SourceFiles::walk(const fs::path& folder, const std::string& prefix, int depth,
                           std::vector<SourceFile>& files) {
  if (depth > kMaxFoldersDeep || ++folders_ > kMaxFiles) {
    return fail(Code::kInvalidInput,
                in_quotes(shown(folder)) + ": more than 100,000 folders, or 64 inside each other",
                "do links point to folders above them?");
  }
  std::error_code ec;
  fs::directory_iterator entries(folder, ec);
  for (; !ec && entries != fs::directory_iterator(); entries.increment(ec)) {
    const fs::directory_entry& entry = *entries;
    const std::string relative = prefix + entry.path().filename().string();
    std::error_code entry_ec;
    if (entry.is_symlink(entry_ec) && entry.exists(entry_ec)) {
      TRY_VOID(check_inside(entry.path()));
      TRY_VOID(check_not_above(entry.path()));
    }
    if (entry.is_directory(entry_ec)) {
      TRY_VOID(walk(entry.path(), relative + "/", depth + 1, files));
      continue;
    }
    TRY(files.emplace_back(), single(entry.path(), relative));
    if (files.size() > kMaxFiles) {
      return fail(Code::kInvalidInput, in_quotes(shown(folder)) + " holds more than 100,000 files");
    }
  }
  if (ec) return fail(Code::kInvalidInput, in_quotes(shown(folder)) + ": " + ec.message());
  return {};
}

Result<FileDigest> SourceFiles::digest(const fs::path& file) {
  if (const auto known = digests_.find(file); known != digests_.end()) return known->second;
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail_errno(Code::kInvalidInput, in_quotes(shown(file)), errno);
  Sha256 hash;
  FileDigest result;
  std::vector<char> chunk(kChunk);
  while (in) {
    in.read(chunk.data(), static_cast<std::streamsize>(chunk.size()));
    const auto got = static_cast<std::size_t>(in.gcount());
    hash.update(std::string_view(chunk.data(), got));
    result.size += got;
  }
  if (in.bad()) return fail_errno(Code::kInvalidInput, in_quotes(shown(file)), errno);
  result.digest = hash.finish();
  digests_.emplace(file, result);
  return result;
}

Result<std::shared_ptr<const std::string>> SourceFiles::text(const fs::path& file) {
  if (const auto known = texts_.find(file); known != texts_.end()) return known->second;
  auto text = inventory::read_text_file(file, kMaxTemplate);
  if (!text) {
    return fail(Code::kInvalidInput,
                "template " + in_quotes(shown(file)) + " " + text.error().message);
  }
  auto shared = std::make_shared<const std::string>(std::move(*text));
  texts_.emplace(file, shared);
  return shared;
}

}  // namespace gannet::playbooks
