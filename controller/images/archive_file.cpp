#include "controller/images/archive_file.h"

#include <cerrno>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace gannet::controller {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;  // nanoseconds

std::int64_t changed(const struct stat& info) {
  return info.st_mtim.tv_sec * kSecond + info.st_mtim.tv_nsec;
}

Code code_of(int error_number) {
  if (error_number == ENOENT || error_number == ENOTDIR) return Code::kNotFound;
  return error_number == EACCES ? Code::kPermission : Code::kIo;
}

}  // namespace

Result<std::shared_ptr<const ArchiveFile>> ArchiveFile::open(const std::filesystem::path& path,
                                                             std::string name) {
  std::shared_ptr<ArchiveFile> file(new ArchiveFile());
  file->name_ = name.empty() ? path.string() : std::move(name);
  // Not blocking: a FIFO of that name must not hold us up before we see what it is.
  file->fd_.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file->fd_) return fail_errno(code_of(errno), "open " + file->name_, errno);
  struct stat info {};
  if (::fstat(file->fd_.get(), &info) != 0)
    return fail_errno(Code::kIo, "look at " + file->name_, errno);
  if (!S_ISREG(info.st_mode))
    return fail(Code::kInvalidInput, file->name_ + ": is not a file",
                "name an archive made by docker save, or an OCI archive");
  file->size_ = static_cast<std::uint64_t>(info.st_size);
  file->changed_ns_ = changed(info);
  return std::shared_ptr<const ArchiveFile>(std::move(file));
}

Result<> ArchiveFile::read(std::uint64_t offset, std::span<std::byte> buffer) const {
  while (!buffer.empty()) {
    const ssize_t got =
        ::pread(fd_.get(), buffer.data(), buffer.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(Code::kIo, "read " + name_, errno);
    if (got == 0)
      return fail(Code::kInvalidInput,
                  name_ + ": ends at byte " + std::to_string(offset) + ", more was expected",
                  "it is cut off: make it again");
    buffer = buffer.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return {};
}

Result<> ArchiveFile::check_unchanged() const {
  struct stat info {};
  if (::fstat(fd_.get(), &info) != 0) return fail_errno(Code::kIo, "look at " + name_, errno);
  if (static_cast<std::uint64_t>(info.st_size) == size_ && changed(info) == changed_ns_) return {};
  return fail(Code::kConflict, name_ + ": changed while it was deployed", "run the command again");
}

}  // namespace gannet::controller
