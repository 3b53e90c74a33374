#include "controller/images/temp_folder.h"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace gannet::controller {
namespace {

constexpr const char* kHint = "free space there, or set TMPDIR to a folder with room";

tl::unexpected<Error> failed(const std::string& what, int error_number) {
  return fail_errno(error_number == ENOSPC ? Code::kNoSpace : Code::kIo, what, error_number, kHint);
}

}  // namespace

Result<TempFolder> TempFolder::make() {
  const char* set = std::getenv("TMPDIR");  // NOLINT(concurrency-mt-unsafe): nobody sets it
  std::string name = set != nullptr && *set == '/' ? set : "/var/tmp";
  name += "/gannet-image-XXXXXX";
  if (::mkdtemp(name.data()) == nullptr) return failed("make the folder " + name, errno);
  return TempFolder(name);
}

TempFolder::TempFolder(TempFolder&& other) noexcept : path_(std::move(other.path_)) {
  other.path_.clear();
}

TempFolder::~TempFolder() {
  if (path_.empty()) return;
  std::error_code ignored;  // nobody is left to be told
  std::filesystem::remove_all(path_, ignored);
}

Result<TempWriter> TempWriter::create(const std::filesystem::path& path) {
  TempWriter writer;
  writer.path_ = path;
  writer.fd_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!writer.fd_) return failed("create " + path.string(), errno);
  return writer;
}

Result<> TempWriter::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd_.get(), bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return failed("write " + path_.string(), errno);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

}  // namespace gannet::controller
