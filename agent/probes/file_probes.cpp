#include "agent/probes/file_probes.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/probes/finding.h"
#include "agent/probes/nearest_path.h"
#include "agent/system/posix.h"
#include "base/text.h"
#include "base/unique_fd.h"

namespace gannet::agent {
namespace {

constexpr std::size_t kMaxSearched = 4UL * 1024UL * 1024UL;  // bytes
constexpr std::size_t kTestBlock = 4096;                     // bytes

/// 0 or the errno of the first call that failed.
int try_to_write(const std::string& directory) {
  // O_TMPFILE leaves nothing behind even if this process is killed; not all file systems have it.
  std::string named;
  UniqueFd fd(::open(directory.c_str(), O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600));
  if (!fd && (errno == EOPNOTSUPP || errno == EISDIR || errno == ENOENT)) {
    named = directory + "/.gannet-write-test-" + std::to_string(::getpid());
    fd.reset(::open(named.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600));
  }
  if (!fd) return errno;
  std::array<char, kTestBlock> block{};
  int error_number = 0;
  if (::write(fd.get(), block.data(), block.size()) < 0 || ::fsync(fd.get()) != 0) {
    error_number = errno;
  }
  if (!named.empty()) ::unlink(named.c_str());
  return error_number;
}

std::string hint_for(int error_number, const std::string& directory) {
  switch (code_of_errno(error_number)) {
    case Code::kReadOnly:
      return "the file system is read-only: look for disk errors with dmesg, then remount it";
    case Code::kNoSpace:
      return "free space or inodes on " + directory;
    case Code::kPermission:
      return "let the agent run as another user: become: sudo";
    default:
      return "look at the host's kernel log: dmesg";
  }
}

}  // namespace

protocol::Finding probe_file(const protocol::Check& check) {
  struct stat info {};
  if (::stat(check.target.c_str(), &info) != 0) {
    return miss(check, check.target + ": " + std::strerror(errno),
                "create it, or correct the path");
  }
  if (check.pattern.empty()) return pass(check, check.target + " exists");
  if (!S_ISREG(info.st_mode)) {
    return miss(check, check.target + " is not a regular file", "name a file that can be searched");
  }
  const auto content = read_file(check.target, kMaxSearched);
  if (!content) {
    return miss(check, content.error().context, "let the agent run as another user: become: sudo");
  }
  const bool found = content->find(check.pattern) != std::string::npos;
  const std::string what = "\"" + printable(check.pattern) + "\"";
  return judge(check, !found, check.target + (found ? " holds " : " does not hold ") + what,
               "look at it: cat " + shell_quote(check.target));
}

protocol::Finding probe_writable(const protocol::Check& check) {
  if (!check.target.starts_with('/')) {
    return miss(check, "\"" + check.target + "\" is not an absolute path",
                "name a path that begins with /");
  }
  const std::string directory = nearest_directory(check.target);
  const int error_number = try_to_write(directory);
  if (error_number == 0) return pass(check, directory + " accepts writes");
  return miss(check, "cannot write to " + directory + ": " + std::strerror(error_number),
              hint_for(error_number, directory));
}

}  // namespace gannet::agent
