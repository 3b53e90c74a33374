// A file system in memory that knows what of it would survive a power cut.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "agent/core/file_system.h"

namespace gannet::test {

/// What a power cut leaves of what was not synced.
enum class Loss {
  kNothing,     ///< only the process died
  kEverything,  ///< exactly what was synced is there
  kSome,        ///< each name and each content, old, new or (content) torn, by chance
};

/// A regular file as a test compares it.
struct SeenFile {
  std::string content;
  std::uint32_t mode = 0;
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
  friend bool operator==(const SeenFile&, const SeenFile&) = default;
};

class MemoryFileSystem final : public agent::FileSystem {
 public:
  MemoryFileSystem();
  ~MemoryFileSystem() override;

  // For tests: durable at once, parents are made.
  void put(const std::string& path, std::string_view content, std::uint32_t mode = 0644,
           std::uint32_t uid = 0, std::uint32_t gid = 0);
  void put_dir(const std::string& path);
  void put_link(const std::string& path, const std::string& target);
  void erase(const std::string& path);
  /// All regular files whose path begins with `prefix`.
  [[nodiscard]] std::map<std::string, SeenFile> files(std::string_view prefix) const;
  /// All directories whose path begins with `prefix`.
  [[nodiscard]] std::vector<std::string> directories(std::string_view prefix) const;
  /// The machine stops and starts again: no process, no lock, and of what was not synced what
  /// `loss` leaves. `seed` decides for kSome.
  void reboot(Loss loss, std::uint32_t seed = 0);

  void set_identity(agent::Identity identity) { identity_ = std::move(identity); }
  void set_space(agent::SpaceInfo space) { space_ = space; }
  /// When all files were changed last. Default: where test::FakeClock begins.
  void set_changed_ms(std::int64_t when) { changed_ms_ = when; }
  /// check_writable() and changes below `prefix` fail with kReadOnly.
  void set_read_only(std::string prefix) { read_only_ = std::move(prefix); }
  /// Number of calls of `sync_file`, FileWriter::sync, `sync_dir` and `sync_file_system`.
  [[nodiscard]] int syncs() const { return syncs_; }

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
  [[nodiscard]] agent::Identity identity() override { return identity_; }

  struct Node;
  struct LockState;

 private:
  using NodePtr = std::shared_ptr<Node>;

  [[nodiscard]] NodePtr find(const std::string& path) const;
  [[nodiscard]] Result<NodePtr> directory(const std::string& path) const;
  [[nodiscard]] Result<NodePtr> parent(const std::string& path) const;
  [[nodiscard]] Result<> check_change(const std::string& path) const;
  [[nodiscard]] NodePtr new_node(agent::FileKind kind);

  NodePtr root_;
  std::map<std::string, std::shared_ptr<LockState>> locks_;
  agent::Identity identity_;
  std::int64_t changed_ms_ = 1'795'428'072'000;
  agent::SpaceInfo space_{.free_bytes = 1ULL << 40, .free_inodes = 1'000'000};
  std::string read_only_;
  std::uint64_t next_inode_ = 1;
  int syncs_ = 0;
};

}  // namespace gannet::test
