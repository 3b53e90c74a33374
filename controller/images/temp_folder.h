// A place for archives that are made on the way.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

#include "base/result.h"
#include "base/unique_fd.h"

namespace gannet::controller {

/// A folder of our own below $TMPDIR (/var/tmp: archives are large, and /tmp may be in memory);
/// gone with everything in it when destroyed. What is open then stays readable.
class TempFolder {
 public:
  /// Errors: kIo, kNoSpace.
  [[nodiscard]] static Result<TempFolder> make();
  TempFolder(TempFolder&& other) noexcept;
  TempFolder& operator=(TempFolder&&) = delete;
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  ~TempFolder();

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  explicit TempFolder(std::filesystem::path path) : path_(std::move(path)) {}

  std::filesystem::path path_;
};

/// A new file with mode 0600.
class TempWriter {
 public:
  /// Errors: kIo, kNoSpace naming the file.
  [[nodiscard]] static Result<TempWriter> create(const std::filesystem::path& path);
  [[nodiscard]] Result<> write(std::span<const std::byte> bytes);

 private:
  TempWriter() = default;

  std::filesystem::path path_;
  UniqueFd fd_;
};

}  // namespace gannet::controller
