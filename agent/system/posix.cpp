#include "agent/system/posix.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdint>

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr std::size_t kFileChunk = 16UL * 1024UL;  // bytes

}  // namespace

Result<Pipe> make_pipe() {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno(Code::kRemoteIo, "make a pipe", errno);
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

Result<> set_nonblocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags < 0 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
    return fail_errno(Code::kRemoteIo, "make a descriptor non-blocking", errno);
  }
  return {};
}

void poll_for(std::span<pollfd> entries, std::chrono::milliseconds wait) {
  using std::chrono::milliseconds;
  const milliseconds bounded = std::clamp(wait, milliseconds(0), milliseconds(60'000));
  timespec limit{};
  limit.tv_sec = static_cast<time_t>(bounded.count() / 1000);
  limit.tv_nsec = static_cast<long>(bounded.count() % 1000) * 1'000'000L;
  const int ready = ::ppoll(entries.data(), entries.size(), &limit, nullptr);
  if (ready > 0) return;
  for (pollfd& entry : entries) entry.revents = 0;
}

std::chrono::milliseconds time_left(SteadyTime deadline, std::chrono::milliseconds cap) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return std::clamp(left, std::chrono::milliseconds(0), cap);
}

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  // O_NONBLOCK: opening a named pipe must not wait for its writer.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!fd) return fail_errno(code_of_errno(errno), "open " + path, errno);
  std::string content;
  while (content.size() < max_bytes) {
    const std::size_t before = content.size();
    const std::size_t wanted = std::min(kFileChunk, max_bytes - before);
    content.resize(before + wanted);
    const ssize_t got = ::read(fd.get(), content.data() + before, wanted);
    const int error_number = errno;
    content.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got == 0) break;
    if (got < 0 && error_number != EINTR) {
      return fail_errno(code_of_errno(error_number), "read " + path, error_number);
    }
  }
  return content;
}

std::string read_word(const std::string& path) {
  auto content = read_file(path, 64UL * 1024UL);
  if (!content) return {};
  while (!content->empty() && content->back() == '\0') content->pop_back();
  return std::string(trim(*content));
}

std::vector<std::string> list_directory(const std::string& path) {
  std::vector<std::string> names;
  DIR* directory = ::opendir(path.c_str());
  if (directory == nullptr) return names;
  while (const dirent* entry = ::readdir(directory)) {
    std::string name = static_cast<const char*>(entry->d_name);
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  ::closedir(directory);
  std::sort(names.begin(), names.end());
  return names;
}

std::string read_link(const std::string& path) {
  std::string target(4096, '\0');
  const ssize_t length = ::readlink(path.c_str(), target.data(), target.size());
  if (length < 0) return {};
  target.resize(static_cast<std::size_t>(length));
  return target;
}

Result<std::uint64_t> parse_unsigned(std::string_view text, int base) {
  std::uint64_t value = 0;
  const char* begin = text.data();
  const char* end = begin + text.size();
  const auto [stopped, error] = std::from_chars(begin, end, value, base);
  if (error != std::errc() || stopped != end || text.empty()) {
    return fail(Code::kInvalidInput, "\"" + printable(text) + "\" is not a number");
  }
  return value;
}

Code code_of_errno(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      return Code::kNotFound;
    case EACCES:
    case EPERM:
      return Code::kPermission;
    case EROFS:
      return Code::kReadOnly;
    case ENOSPC:
    case EDQUOT:
      return Code::kNoSpace;
    default:
      return Code::kRemoteIo;
  }
}

}  // namespace gannet::agent
