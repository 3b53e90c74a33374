// Adding to a known_hosts file without ever leaving half of one.
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unique_fd.h"
#include "controller/ssh/known_hosts.h"

namespace gannet::controller {
namespace {

namespace fs = std::filesystem;

Result<> write_all(const UniqueFd& fd, std::string_view text, const std::string& file) {
  while (!text.empty()) {
    const ssize_t n = ::write(fd.get(), text.data(), text.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(Code::kIo, "write " + file, errno);
    text.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<std::string> read_all(const std::string& file) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd && errno == ENOENT) return std::string();
  if (!fd) return fail_errno(Code::kIo, "read " + file, errno);
  std::string text;
  for (;;) {
    char buffer[16384];
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail_errno(Code::kIo, "read " + file, errno);
    if (n == 0) return text;
    text.append(buffer, static_cast<std::size_t>(n));
  }
}

/// Makes the file's folder if it is missing; only the last part, as ~/.ssh.
Result<> make_folder(const fs::path& folder) {
  if (folder.empty() || ::mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST) return {};
  return fail_errno(Code::kIo, "make folder " + folder.string(), errno);
}

/// Replaces `file` by `text`: a new file beside it, synced, renamed over it.
Result<> replace(const std::string& file, std::string_view text, mode_t mode) {
  std::string temporary = file + ".gannet-XXXXXX";
  UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return fail_errno(Code::kIo, "write " + temporary, errno);
  auto written = write_all(fd, text, temporary);
  if (written && (::fchmod(fd.get(), mode) != 0 || ::fsync(fd.get()) != 0)) {
    written = fail_errno(Code::kIo, "write " + temporary, errno);
  }
  if (written) written = fd.close();
  if (written && ::rename(temporary.c_str(), file.c_str()) != 0) {
    written = fail_errno(Code::kIo, "rename " + temporary + " to " + file, errno);
  }
  if (!written) ::unlink(temporary.c_str());
  return written;
}

}  // namespace

Result<> add_to_known_hosts(const std::string& file, std::span<const KnownHostsEntry> entries) {
  std::error_code ignored;
  // A symlink stays a symlink; "known_hosts" alone has a folder, too.
  const fs::path resolved = fs::weakly_canonical(fs::absolute(file), ignored);
  const std::string target = ignored ? file : resolved.string();
  TRY_VOID(make_folder(fs::path(target).parent_path()));
  // Two gannets may trust at the same time; neither may lose the other's lines. The lock is on
  // the folder, because the file itself is replaced.
  const UniqueFd lock(::open(fs::path(target).parent_path().c_str(), O_RDONLY | O_CLOEXEC));
  if (!lock || ::flock(lock.get(), LOCK_EX) != 0) {
    return fail_errno(Code::kIo, "lock the folder of " + target, errno);
  }
  TRY(std::string text, read_all(target));
  if (!text.empty() && text.back() != '\n') text += '\n';
  for (const auto& entry : entries) {
    text += known_hosts_name(entry.address, entry.port) + " " + entry.key.type + " " +
            entry.key.base64 + "\n";
  }
  struct stat status {};
  const bool exists = ::stat(target.c_str(), &status) == 0;
  return replace(target, text, exists ? status.st_mode & 0777U : 0600U);
}

}  // namespace gannet::controller
