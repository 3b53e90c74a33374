#include "tests/support/crashing_file_system.h"

#include <utility>

namespace gannet::test {
namespace {

class CrashingWriter final : public agent::FileWriter {
 public:
  CrashingWriter(std::unique_ptr<agent::FileWriter> inner, CrashingFileSystem& owner)
      : inner_(std::move(inner)), owner_(owner) {}

  Result<> write(std::span<const std::byte> bytes) override {
    // A write may stop in the middle: its first half reaches the file, then the machine dies.
    TRY_VOID(half(bytes.first(bytes.size() / 2)));
    return half(bytes.subspan(bytes.size() / 2));
  }
  Result<> set_owner(std::uint32_t uid, std::uint32_t gid) override {
    TRY_VOID(owner_.step("chown", CrashingFileSystem::Need::kNoRoom));
    return inner_->set_owner(uid, gid);
  }
  Result<> set_mode(std::uint32_t mode) override {
    TRY_VOID(owner_.step("chmod", CrashingFileSystem::Need::kNoRoom));
    return inner_->set_mode(mode);
  }
  Result<> sync() override {
    TRY_VOID(owner_.step("fsync", CrashingFileSystem::Need::kRoom));
    return inner_->sync();
  }

 private:
  Result<> half(std::span<const std::byte> bytes) {
    TRY_VOID(owner_.step("write", CrashingFileSystem::Need::kRoom));
    return inner_->write(bytes);
  }

  std::unique_ptr<agent::FileWriter> inner_;
  CrashingFileSystem& owner_;
};

class CrashingLock final : public agent::FileLock {
 public:
  CrashingLock(std::unique_ptr<agent::FileLock> inner, CrashingFileSystem& owner)
      : inner_(std::move(inner)), owner_(owner) {}
  Result<> describe(std::string_view text) override {
    TRY_VOID(owner_.step("write the lock", CrashingFileSystem::Need::kRoom));
    return inner_->describe(text);
  }

 private:
  std::unique_ptr<agent::FileLock> inner_;
  CrashingFileSystem& owner_;
};

}  // namespace

void CrashingFileSystem::die_at(int operation) {
  operations_ = 0;
  die_at_ = operation;
  dead_ = false;
}

void CrashingFileSystem::refuse(int first, int count, Code code) {
  operations_ = 0;
  refuse_from_ = first;
  refuse_count_ = count;
  refuse_code_ = code;
}

Result<> CrashingFileSystem::look(const std::string& what) const {
  if (dead_) return fail(Code::kRemoteIo, what + ": the machine is off");
  return {};
}

Result<> CrashingFileSystem::step(const std::string& what, Need need) {
  ++operations_;
  if (operations_ == die_at_) dead_ = true;
  TRY_VOID(look(what));
  const bool refused =
      refuse_from_ > 0 && operations_ >= refuse_from_ && operations_ < refuse_from_ + refuse_count_;
  if (refused && need == Need::kRoom) return fail(refuse_code_, what + ": No space left on device");
  return {};
}

Result<std::optional<agent::FileInfo>> CrashingFileSystem::stat(const std::string& path) {
  TRY_VOID(look("look at " + path));
  return inner_.stat(path);
}

Result<std::unique_ptr<agent::FileReader>> CrashingFileSystem::open(const std::string& path) {
  TRY_VOID(look("open " + path));
  return inner_.open(path);
}

Result<std::unique_ptr<agent::FileWriter>> CrashingFileSystem::create(const std::string& path) {
  TRY_VOID(step("create " + path, Need::kRoom));
  TRY(auto writer, inner_.create(path));
  return std::make_unique<CrashingWriter>(std::move(writer), *this);
}

Result<std::vector<std::string>> CrashingFileSystem::list(const std::string& path) {
  TRY_VOID(look("list " + path));
  return inner_.list(path);
}

Result<std::string> CrashingFileSystem::read_link(const std::string& path) {
  TRY_VOID(look("read the link " + path));
  return inner_.read_link(path);
}

Result<> CrashingFileSystem::make_dir(const std::string& path, std::uint32_t mode) {
  TRY_VOID(step("make directory " + path, Need::kRoom));
  return inner_.make_dir(path, mode);
}

Result<> CrashingFileSystem::remove_dir(const std::string& path) {
  TRY_VOID(step("remove directory " + path, Need::kNoRoom));
  return inner_.remove_dir(path);
}

Result<> CrashingFileSystem::unlink(const std::string& path) {
  TRY_VOID(step("remove " + path, Need::kNoRoom));
  return inner_.unlink(path);
}

Result<> CrashingFileSystem::rename(const std::string& from, const std::string& to) {
  TRY_VOID(step("rename to " + to, Need::kRoom));
  return inner_.rename(from, to);
}

Result<> CrashingFileSystem::sync_file(const std::string& path) {
  TRY_VOID(step("sync " + path, Need::kRoom));
  return inner_.sync_file(path);
}

Result<> CrashingFileSystem::sync_dir(const std::string& path) {
  TRY_VOID(step("sync directory " + path, Need::kRoom));
  return inner_.sync_dir(path);
}

Result<> CrashingFileSystem::sync_file_system(const std::string& path) {
  TRY_VOID(step("sync the file system of " + path, Need::kRoom));
  return inner_.sync_file_system(path);
}

Result<agent::SpaceInfo> CrashingFileSystem::space(const std::string& path) {
  TRY_VOID(look("measure " + path));
  return inner_.space(path);
}

Result<> CrashingFileSystem::check_writable(const std::string& path) {
  TRY_VOID(look("write in " + path));
  return inner_.check_writable(path);
}

Result<std::unique_ptr<agent::FileLock>> CrashingFileSystem::try_lock(const std::string& path,
                                                                      agent::LockMode mode) {
  TRY_VOID(step("lock " + path, Need::kRoom));
  TRY(auto lock, inner_.try_lock(path, mode));
  if (!lock) return std::unique_ptr<agent::FileLock>{};
  return std::make_unique<CrashingLock>(std::move(lock), *this);
}

}  // namespace gannet::test
