#include "base/unique_fd.h"

#include <errno.h>
#include <unistd.h>

namespace gannet {

void UniqueFd::reset(int fd) {
  const int old = std::exchange(fd_, fd);
  if (old < 0 || old == fd) return;
  const int saved = errno;  // callers often report errno after their handles are gone
  ::close(old);
  errno = saved;
}

Result<> UniqueFd::close() {
  const int fd = release();
  if (fd < 0) return {};
  // Linux closes the descriptor even when it says EINTR: never close twice.
  if (::close(fd) != 0 && errno != EINTR) return fail_errno(Code::kIo, "close", errno);
  return {};
}

}  // namespace gannet
