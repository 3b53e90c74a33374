// A file that images are read from: opened once, read at any place, by any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace gannet::controller {

/// Stays readable after its name is gone, or means another file. One that is written to meanwhile
/// is noticed.
class ArchiveFile {
 public:
  /// `name` is what messages call it; empty: the path. Errors: kNotFound, kPermission, kIo;
  /// kInvalidInput for what is not a regular file.
  [[nodiscard]] static Result<std::shared_ptr<const ArchiveFile>> open(
      const std::filesystem::path& path, std::string name = {});

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t size() const { return size_; }  ///< bytes, when it was opened
  /// Time of the last change when it was opened: nanoseconds since 1970.
  [[nodiscard]] std::int64_t changed_ns() const { return changed_ns_; }

  /// Fills all of `buffer` from `offset`. Errors: kIo; kInvalidInput when the file ends before.
  [[nodiscard]] Result<> read(std::uint64_t offset, std::span<std::byte> buffer) const;
  /// Errors: kConflict when it was written to since it was opened; kIo.
  [[nodiscard]] Result<> check_unchanged() const;

 private:
  ArchiveFile() = default;

  std::string name_;
  UniqueFd fd_;
  std::uint64_t size_ = 0;
  std::int64_t changed_ns_ = 0;
};

}  // namespace gannet::controller
