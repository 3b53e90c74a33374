#include "playbooks/env_store.h"

#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string_view>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/unique_fd.h"
#include "inventory/problem.h"
#include "inventory/yaml_node.h"

namespace gannet::playbooks {
namespace {

constexpr std::uintmax_t kMaxStoredBytes = 10'000'000;

bool has_mark(const std::filesystem::path& file) {
  std::string head(kByteOrderMark.size(), '\0');
  std::ifstream in(file, std::ios::binary);
  return in.read(head.data(), static_cast<std::streamsize>(head.size())) && head == kByteOrderMark;
}

Result<> write_whole(const UniqueFd& fd, std::string_view text, const std::string& file) {
  while (!text.empty()) {
    const ssize_t count = ::write(fd.get(), text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(Code::kIo, "write " + file, errno);
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

/// Leaves the owner as it was where that is allowed: root edits the files of others, too.
void keep_owner(const UniqueFd& fd, const std::string& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return;
  if (::fchown(fd.get(), status.st_uid, status.st_gid) != 0) return;
}

Result<> replace_file(const std::string& file, std::string_view text) {
  std::string temporary = file + ".gannet-XXXXXX";
  UniqueFd fd(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  if (!fd) return fail_errno(Code::kIo, "write " + temporary, errno);
  auto written = write_whole(fd, text, temporary);
  if (written) keep_owner(fd, file);
  if (written && ::fsync(fd.get()) != 0)
    written = fail_errno(Code::kIo, "write " + temporary, errno);
  if (written) written = fd.close();
  if (written && ::rename(temporary.c_str(), file.c_str()) != 0)
    written = fail_errno(Code::kIo, "rename " + temporary + " to " + file, errno);
  if (!written) ::unlink(temporary.c_str());
  return written;
}

}  // namespace

Result<std::string> read_env_text(const std::filesystem::path& file) {
  std::error_code ec;
  const auto status = std::filesystem::status(file, ec);
  if (status.type() == std::filesystem::file_type::not_found)
    return fail(Code::kNotFound, file.string() + ": no such file",
                "create it, or correct env_file: of the environment");
  auto text = inventory::read_text_file(file, kMaxStoredBytes);
  if (!text) return fail(to_error(text.error()));
  if (has_mark(file)) text->insert(0, kByteOrderMark);
  return std::move(*text);
}

Result<> edit_env_text(const std::filesystem::path& file, const EnvTextEdit& edit) {
  std::error_code ec;
  const auto resolved = std::filesystem::weakly_canonical(file, ec);
  const auto& target = ec ? file : resolved;
  const auto folder = target.has_parent_path() ? target.parent_path() : ".";
  // The lock is on the folder, because the file itself is replaced.
  const UniqueFd lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!lock || ::flock(lock.get(), LOCK_EX) != 0)
    return fail_errno(Code::kIo, "lock the folder of " + file.string(), errno);
  auto before = read_env_text(target);
  const bool missing = !before && before.error().code == Code::kNotFound;
  if (!before && !missing) return fail(std::move(before.error()));
  const std::string old = missing ? std::string() : std::move(*before);
  TRY(const auto text, edit(old));
  if (text == old) return {};
  TRY_VOID(replace_file(target.string(), text));
  if (::fsync(lock.get()) != 0) return fail_errno(Code::kIo, "sync " + folder.string(), errno);
  return {};
}

}  // namespace gannet::playbooks
