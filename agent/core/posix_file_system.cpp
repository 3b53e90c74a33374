#include "agent/core/posix_file_system.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <utility>

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "agent/core/posix_path.h"
#include "base/unique_fd.h"

namespace gannet::agent {
namespace {

Result<> checked(int result, const std::string& what) {
  if (result == 0) return {};
  return fail_system(what, errno);
}

Result<> write_all(int fd, std::span<const std::byte> bytes, const std::string& what) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return fail_system(what, errno);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return {};
}

class PosixReader final : public FileReader {
 public:
  PosixReader(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<std::size_t> read(std::span<std::byte> buffer) override {
    for (;;) {
      const ssize_t count = ::read(fd_.get(), buffer.data(), buffer.size());
      if (count >= 0) return static_cast<std::size_t>(count);
      if (errno != EINTR) return fail_system("read " + path_, errno);
    }
  }

 private:
  UniqueFd fd_;
  std::string path_;
};

class PosixWriter final : public FileWriter {
 public:
  PosixWriter(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<> write(std::span<const std::byte> bytes) override {
    return write_all(fd_.get(), bytes, "write " + path_);
  }
  Result<> set_owner(std::uint32_t uid, std::uint32_t gid) override {
    return checked(::fchown(fd_.get(), uid, gid), "change the owner of " + path_);
  }
  Result<> set_mode(std::uint32_t mode) override {
    return checked(::fchmod(fd_.get(), mode), "change the mode of " + path_);
  }
  Result<> sync() override { return checked(::fsync(fd_.get()), "sync " + path_); }

 private:
  UniqueFd fd_;
  std::string path_;
};

class PosixLock final : public FileLock {
 public:
  PosixLock(UniqueFd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  Result<> describe(std::string_view text) override {
    TRY_VOID(checked(::ftruncate(fd_.get(), 0), "write " + path_));
    if (::lseek(fd_.get(), 0, SEEK_SET) < 0) return fail_system("write " + path_, errno);
    return write_all(fd_.get(), std::as_bytes(std::span(text)), "write " + path_);
  }

 private:
  UniqueFd fd_;
  std::string path_;
};

FileKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::kFile;
  if (S_ISDIR(mode)) return FileKind::kDirectory;
  if (S_ISLNK(mode)) return FileKind::kSymlink;
  return FileKind::kOther;
}

FileInfo to_info(const struct stat& info) {
  return {.kind = kind_of(info.st_mode),
          .mode = info.st_mode & 07777U,
          .uid = info.st_uid,
          .gid = info.st_gid,
          .size = static_cast<std::uint64_t>(info.st_size),
          .device = info.st_dev,
          .inode = info.st_ino,
          .changed_ms = info.st_mtim.tv_sec * 1'000 + info.st_mtim.tv_nsec / 1'000'000};
}

Result<UniqueFd> open_regular(const std::string& path) {
  TRY(const Place place, reach(path));
  UniqueFd fd(::openat(place.parent.get(), place.name.c_str(),
                       O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!fd) return fail_system("open " + path, errno);
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return fail_system("open " + path, errno);
  if (!S_ISREG(info.st_mode)) return fail(Code::kConflict, "open " + path + ": not a regular file");
  return fd;
}

}  // namespace

Result<std::optional<FileInfo>> PosixFileSystem::stat(const std::string& path) {
  auto place = reach(path);
  if (!place) {
    if (place.error().code == Code::kNotFound) return std::optional<FileInfo>{};
    return fail(std::move(place.error()));
  }
  struct stat info {};
  if (::fstatat(place->parent.get(), place->name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
    return to_info(info);
  }
  if (errno == ENOENT) return std::optional<FileInfo>{};
  return fail_system("look at " + path, errno);
}

Result<std::unique_ptr<FileReader>> PosixFileSystem::open(const std::string& path) {
  TRY(UniqueFd fd, open_regular(path));
  return std::make_unique<PosixReader>(std::move(fd), path);
}

Result<std::unique_ptr<FileWriter>> PosixFileSystem::create(const std::string& path) {
  TRY(const Place place, reach(path));
  UniqueFd fd(::openat(place.parent.get(), place.name.c_str(),
                       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return fail_system("create " + path, errno);
  return std::make_unique<PosixWriter>(std::move(fd), path);
}

Result<std::vector<std::string>> PosixFileSystem::list(const std::string& path) {
  TRY(UniqueFd fd, reach_dir(path, O_RDONLY));
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(fd.get()), ::closedir);
  if (!directory) return fail_system("list " + path, errno);
  static_cast<void>(fd.release());
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(directory.get());
    if (entry == nullptr) break;
    std::string name(&entry->d_name[0]);
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  if (errno != 0) return fail_system("list " + path, errno);
  std::sort(names.begin(), names.end());
  return names;
}

Result<std::string> PosixFileSystem::read_link(const std::string& path) {
  TRY(const Place place, reach(path));
  std::array<char, PATH_MAX> target{};
  const ssize_t length =
      ::readlinkat(place.parent.get(), place.name.c_str(), target.data(), target.size());
  if (length < 0) return fail_system("read the link " + path, errno);
  return std::string(target.data(), static_cast<std::size_t>(length));
}

Result<> PosixFileSystem::make_dir(const std::string& path, std::uint32_t mode) {
  TRY(const Place place, reach(path));
  const std::string what = "make directory " + path;
  TRY_VOID(checked(::mkdirat(place.parent.get(), place.name.c_str(), 0700), what));
  // Through a descriptor of what was just made, and not through the umask.
  const UniqueFd made(::openat(place.parent.get(), place.name.c_str(),
                               O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!made) return fail_system(what, errno);
  return checked(::fchmod(made.get(), mode), what);
}

Result<> PosixFileSystem::remove_dir(const std::string& path) {
  TRY(const Place place, reach(path));
  return checked(::unlinkat(place.parent.get(), place.name.c_str(), AT_REMOVEDIR),
                 "remove directory " + path);
}

Result<> PosixFileSystem::unlink(const std::string& path) {
  TRY(const Place place, reach(path));
  return checked(::unlinkat(place.parent.get(), place.name.c_str(), 0), "remove " + path);
}

Result<> PosixFileSystem::rename(const std::string& from, const std::string& to) {
  TRY(const Place source, reach(from));
  TRY(const Place target, reach(to));
  struct stat info {};
  // Between this look and the rename a link may appear: rename(2) then replaces the link itself
  // and follows nothing, so the look is for the message, not for safety.
  if (::fstatat(target.parent.get(), target.name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0 &&
      !S_ISREG(info.st_mode)) {
    return fail(Code::kConflict, "replace " + to + ": not a regular file");
  }
  return checked(::renameat(source.parent.get(), source.name.c_str(), target.parent.get(),
                            target.name.c_str()),
                 "rename to " + to);
}

Result<> PosixFileSystem::sync_file(const std::string& path) {
  TRY(const UniqueFd fd, open_regular(path));
  return checked(::fsync(fd.get()), "sync " + path);
}

Result<> PosixFileSystem::sync_dir(const std::string& path) {
  TRY(const UniqueFd fd, reach_dir(path, O_RDONLY));
  return checked(::fsync(fd.get()), "sync directory " + path);
}

Result<> PosixFileSystem::sync_file_system(const std::string& path) {
  TRY(const UniqueFd fd, reach_dir(path, O_RDONLY));
  return checked(::syncfs(fd.get()), "sync the file system of " + path);
}

Result<SpaceInfo> PosixFileSystem::space(const std::string& path) {
  TRY(const UniqueFd fd, reach_dir(path, O_PATH));
  struct statvfs info {};
  struct stat self {};
  if (::fstatvfs(fd.get(), &info) != 0) return fail_system("measure " + path, errno);
  if (::fstat(fd.get(), &self) != 0) return fail_system("measure " + path, errno);
  return SpaceInfo{.free_bytes = static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize,
                   .free_inodes = info.f_favail,
                   .counts_inodes = info.f_files != 0,
                   .read_only = (info.f_flag & ST_RDONLY) != 0,
                   .device = self.st_dev};
}

Result<> PosixFileSystem::check_writable(const std::string& path) {
  TRY(const UniqueFd fd, reach_dir(path, O_RDONLY));
  return checked(::faccessat(fd.get(), ".", W_OK | X_OK, AT_EACCESS), "write in " + path);
}

Result<std::unique_ptr<FileLock>> PosixFileSystem::try_lock(const std::string& path,
                                                            LockMode mode) {
  TRY(const Place place, reach(path));
  UniqueFd fd(::openat(place.parent.get(), place.name.c_str(),
                       O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!fd) return fail_system("lock " + path, errno);
  const int kind = mode == LockMode::kExclusive ? LOCK_EX : LOCK_SH;
  while (::flock(fd.get(), kind | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::unique_ptr<FileLock>{};
    if (errno != EINTR) return fail_system("lock " + path, errno);
  }
  return std::make_unique<PosixLock>(std::move(fd), path);
}

Identity PosixFileSystem::identity() {
  Identity who{.uid = ::geteuid(), .gid = ::getegid(), .groups = {}};
  const int count = ::getgroups(0, nullptr);
  if (count > 0) {
    std::vector<gid_t> groups(static_cast<std::size_t>(count));
    const int got = ::getgroups(count, groups.data());
    for (int i = 0; i < got; ++i) who.groups.push_back(groups[static_cast<std::size_t>(i)]);
  }
  return who;
}

}  // namespace gannet::agent
