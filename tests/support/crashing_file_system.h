// A file system that dies, or refuses, at its N-th operation.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/core/file_system.h"

namespace gannet::test {

/// Counts what changes the disk (each write of a FileWriter too) and hands it on. At the chosen
/// operation it either dies: from then on nothing has any effect and all fails, as for a process
/// that is gone; or it refuses this and the next operations with an error and then recovers.
class CrashingFileSystem final : public agent::FileSystem {
 public:
  explicit CrashingFileSystem(agent::FileSystem& inner) : inner_(inner) {}

  /// 1 is the first operation from now; 0: never.
  void die_at(int operation);
  /// Operations `first` .. `first + count - 1` from now that need room (create, write, make_dir,
  /// sync, rename) fail with `code`.
  void refuse(int first, int count, Code code);

  [[nodiscard]] int operations() const { return operations_; }
  [[nodiscard]] bool dead() const { return dead_; }

  [[nodiscard]] Result<std::optional<agent::FileInfo>> stat(const std::string& path) override;
  [[nodiscard]] Result<std::unique_ptr<agent::FileReader>> open(const std::string& path) override;
  [[nodiscard]] Result<std::unique_ptr<agent::FileWriter>> create(const std::string& path) override;
  [[nodiscard]] Result<std::vector<std::string>> list(const std::string& path) override;
  [[nodiscard]] Result<std::string> read_link(const std::string& path) override;
  [[nodiscard]] Result<> make_dir(const std::string& path, std::uint32_t mode) override;
  [[nodiscard]] Result<> remove_dir(const std::string& path) override;
  [[nodiscard]] Result<> unlink(const std::string& path) override;
  [[nodiscard]] Result<> rename(const std::string& from, const std::string& to) override;
  [[nodiscard]] Result<> sync_file(const std::string& path) override;
  [[nodiscard]] Result<> sync_dir(const std::string& path) override;
  [[nodiscard]] Result<> sync_file_system(const std::string& path) override;
  [[nodiscard]] Result<agent::SpaceInfo> space(const std::string& path) override;
  [[nodiscard]] Result<> check_writable(const std::string& path) override;
  [[nodiscard]] Result<std::unique_ptr<agent::FileLock>> try_lock(const std::string& path,
                                                                  agent::LockMode mode) override;
  [[nodiscard]] agent::Identity identity() override { return inner_.identity(); }

  enum class Need { kRoom, kNoRoom };
  /// One operation that changes the disk: an error when it must not happen.
  [[nodiscard]] Result<> step(const std::string& what, Need need);
  /// One that does not.
  [[nodiscard]] Result<> look(const std::string& what) const;

 private:
  agent::FileSystem& inner_;
  int operations_ = 0;
  int die_at_ = 0;
  int refuse_from_ = 0;
  int refuse_count_ = 0;
  Code refuse_code_ = Code::kNoSpace;
  bool dead_ = false;
};

}  // namespace gannet::test
