// The real file system. Needs no NSS: fit for a static binary.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/core/file_system.h"

namespace gannet::agent {

/// Reaches every path component by component (openat, O_NOFOLLOW), anew for each operation. It has
/// no state; any number may exist.
class PosixFileSystem final : public FileSystem {
 public:
  [[nodiscard]] Result<std::optional<FileInfo>> stat(const std::string& path) override;
  [[nodiscard]] Result<std::unique_ptr<FileReader>> open(const std::string& path) override;
  [[nodiscard]] Result<std::unique_ptr<FileWriter>> create(const std::string& path) override;
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& path) override;
  [[nodiscard]] Result<std::string> read_link(const std::string& path) override;
  [[nodiscard]] Result<> make_dir(const std::string& path, std::uint32_t mode) override;
  [[nodiscard]] Result<> remove_dir(const std::string& path) override;
  [[nodiscard]] Result<> unlink(const std::string& path) override;
  [[nodiscard]] Result<> rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] Result<> sync_file(const std::string& path) override;
  [[nodiscard]] Result<> sync_dir(const std::string& path) override;
  [[nodiscard]] Result<> sync_file_system(const std::string& path) override;
  [[nodiscard]] Result<SpaceInfo> space(const std::string& path) override;
  [[nodiscard]] Result<> check_writable(const std::string& path) override;
  [[nodiscard]] Result<std::unique_ptr<FileLock>> try_lock(const std::string& path,
                                                           LockMode mode) override;
  [[nodiscard]] Identity identity() override;
};

}  // namespace gannet::agent
