#include "agent/core/posix_path.h"

#include <array>
#include <cerrno>
#include <climits>
#include <deque>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr int kMaxLinks = 40;  // as the kernel

std::deque<std::string> components(std::string_view path) {
  std::deque<std::string> parts;
  for (std::string& part : split(path, '/')) {
    if (!part.empty() && part != ".") parts.push_back(std::move(part));
  }
  return parts;
}

Result<UniqueFd> open_root() {
  UniqueFd root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root) return fail_system("open /", errno);
  return root;
}

/// True when nobody but root and ourselves can have made, moved or replaced the link.
bool is_trusted(int directory, const struct stat& link) {
  struct stat holder {};
  if (::fstat(directory, &holder) != 0) return false;
  const uid_t self = ::geteuid();
  const auto ours = [self](uid_t owner) { return owner == 0 || owner == self; };
  const bool closed = (holder.st_mode & (S_IWGRP | S_IWOTH)) == 0 || (holder.st_mode & S_ISVTX);
  return ours(link.st_uid) && ours(holder.st_uid) && closed;
}

/// One walk from the root along components, with links put in their place.
class Walk {
 public:
  Walk(std::string path, std::deque<std::string> parts)
      : path_(std::move(path)), parts_(std::move(parts)) {}

  Result<UniqueFd> run() {
    TRY(here_, open_root());
    while (!parts_.empty()) {
      const std::string part = std::move(parts_.front());
      parts_.pop_front();
      UniqueFd next(
          ::openat(here_.get(), part.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (next) {
        here_ = std::move(next);
        continue;
      }
      if (errno != ENOTDIR && errno != ELOOP) return fail_system("reach " + path_, errno);
      TRY_VOID(follow(part));
    }
    return std::move(here_);
  }

 private:
  Result<> follow(const std::string& part) {
    struct stat info {};
    if (::fstatat(here_.get(), part.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      return fail_system("reach " + path_, errno);
    }
    if (!S_ISLNK(info.st_mode)) return fail_system("reach " + path_, ENOTDIR);
    if (++links_ > kMaxLinks) return fail_system("reach " + path_, ELOOP);
    if (!is_trusted(here_.get(), info)) {
      return fail(
          Code::kConflict, "reach " + path_ + ": " + part + " is a symlink",
          "name the directory that " + part +
              " points to, or replace the link by a "
              "directory; only links that root or the agent's user alone can change are used");
    }
    std::array<char, PATH_MAX> target{};
    const ssize_t length = ::readlinkat(here_.get(), part.c_str(), target.data(), target.size());
    if (length < 0) return fail_system("reach " + path_, errno);
    const std::string_view text(target.data(), static_cast<std::size_t>(length));
    if (text.starts_with('/')) {
      TRY(here_, open_root());
    }
    auto inserted = components(text);
    parts_.insert(parts_.begin(), inserted.begin(), inserted.end());
    return {};
  }

  std::string path_;
  std::deque<std::string> parts_;
  UniqueFd here_;
  int links_ = 0;
};

Code code_of(int number) {
  switch (number) {
    case ENOSPC:
    case EDQUOT:
      return Code::kNoSpace;
    case EROFS:
      return Code::kReadOnly;
    case EACCES:
    case EPERM:
      return Code::kPermission;
    case ENOENT:
      return Code::kNotFound;
    case EEXIST:
    case ENOTEMPTY:
    case ENOTDIR:
    case EISDIR:
    case ELOOP:
      return Code::kConflict;
    default:
      return Code::kRemoteIo;
  }
}

std::string hint_for(Code code) {
  if (code == Code::kNoSpace) return "free space (or inodes) on that file system";
  if (code == Code::kReadOnly) return "mount that file system read-write, or deploy elsewhere";
  if (code == Code::kPermission) {
    return ::geteuid() == 0 ? "look for an immutable flag (lsattr) or a security policy"
                            : "set become: sudo for this host, or let its user write there";
  }
  return {};
}

}  // namespace

Result<Place> reach(const std::string& path) {
  auto parts = components(path);
  Place place;
  place.name = ".";
  if (!parts.empty()) {
    place.name = std::move(parts.back());
    parts.pop_back();
  }
  TRY(place.parent, Walk(path, std::move(parts)).run());
  return place;
}

Result<UniqueFd> reach_dir(const std::string& path, int flags) {
  TRY(UniqueFd reached, Walk(path, components(path)).run());
  if (flags == O_PATH) return reached;
  UniqueFd opened(::openat(reached.get(), ".", flags | O_DIRECTORY | O_CLOEXEC));
  if (!opened) return fail_system("open " + path, errno);
  return opened;
}

tl::unexpected<Error> fail_system(const std::string& what, int number) {
  const Code code = code_of(number);
  return fail_errno(code, what, number, hint_for(code));
}

}  // namespace gannet::agent
