// The files of the project that services send: found, read and hashed once for the whole fleet.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"

namespace gannet::playbooks {

/// One regular file that a source names.
struct SourceFile {
  std::filesystem::path path;  ///< as found; may be a link to a file inside the project
  std::string relative;        ///< below the source folder; the file's name for a single file
  bool executable = false;
};

struct FileDigest {
  Digest digest;
  std::uint64_t size = 0;  ///< bytes
};

/// Not thread-safe. Errors are kInvalidInput with a message that names the file, without a place.
class SourceFiles {
 public:
  /// `root`: nothing outside of it is read, not even through a symbolic link.
  explicit SourceFiles(std::filesystem::path root);

  /// The files behind `src` (relative to the root, clean): one file, or with a "/" at the end all
  /// files of a folder and of those below, sorted by relative path. Folders that hold nothing are
  /// not mentioned. At most 100,000 files, 64 folders deep.
  [[nodiscard]] Result<std::vector<SourceFile>> find(const std::string& src);

  /// Digest and size; remembered.
  [[nodiscard]] Result<FileDigest> digest(const std::filesystem::path& file);

  /// The text of a template; remembered.
  [[nodiscard]] Result<std::shared_ptr<const std::string>> text(const std::filesystem::path& file);

 private:
  [[nodiscard]] Result<> check_inside(const std::filesystem::path& path) const;
  [[nodiscard]] Result<> check_not_above(const std::filesystem::path& link) const;
  [[nodiscard]] Result<> walk(const std::filesystem::path& folder, const std::string& prefix,
                              int depth, std::vector<SourceFile>& files);
  [[nodiscard]] Result<SourceFile> single(const std::filesystem::path& path,
                                          std::string relative) const;

  std::filesystem::path root_;
  std::filesystem::path real_root_;
  std::size_t folders_ = 0;  ///< seen by the walk under way
  std::map<std::string, std::vector<SourceFile>> found_;
  std::map<std::filesystem::path, FileDigest> digests_;
  std::map<std::filesystem::path, std::shared_ptr<const std::string>> texts_;
};

}  // namespace gannet::playbooks
