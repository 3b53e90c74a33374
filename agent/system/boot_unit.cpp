#include "agent/system/boot_unit.h"

#include <array>
#include <cerrno>
#include <cstdio>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/unique_fd.h"

namespace gannet::agent {
namespace {

constexpr const char* kFolder = "/etc/systemd/system";
constexpr const char* kWants = "/etc/systemd/system/multi-user.target.wants";
constexpr const char* kDefaultStateDir = "/var/lib/gannet";

/// `path` as one word of a unit file.
std::string unit_word(const std::string& path) {
  std::string word = "\"";
  for (const char c : path) {
    if (c == '%' || c == '$') word += c;
    if (c == '"' || c == '\\') word += '\\';
    word += c;
  }
  return word + "\"";
}

/// `path` as the value of a condition, in which only specifiers are special.
std::string condition_path(const std::string& path) {
  std::string value;
  for (const char c : path) {
    if (c == '%') value += c;
    value += c;
  }
  return value;
}

Result<> failed(const std::string& what, const std::string& path) {
  const int cause = errno;
  return fail_errno(code_of_errno(cause), what + " " + path, cause,
                    "make it writable for root: a reboot during a deployment is mended by it");
}

Result<> sync_folder(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return failed("sync", path);
  return {};
}

Result<> write_file(const std::string& path, const std::string& text) {
  const UniqueFd fd(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
  if (!fd) return failed("write", path);
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t put = ::write(fd.get(), rest.data(), rest.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return failed("write", path);
    rest.remove_prefix(static_cast<std::size_t>(put));
  }
  if (::fsync(fd.get()) != 0) return failed("write", path);
  return {};
}

}  // namespace

bool systemd_runs(const HostTree& tree) {
  struct stat info {};
  return ::stat(tree.path("/run/systemd/system").c_str(), &info) == 0;
}

std::string BootUnit::name() const {
  constexpr std::size_t kHashDigits = 8;
  if (state_dir_ == kDefaultStateDir) return "gannet-recover.service";
  return "gannet-recover-" + sha256(std::string_view(state_dir_)).hex().substr(0, kHashDigits) +
         ".service";
}

std::string BootUnit::unit_path() const { return tree_.path(kFolder) + "/" + name(); }
std::string BootUnit::link_path() const { return tree_.path(kWants) + "/" + name(); }

std::string BootUnit::text(const std::string& program) const {
  // Without default dependencies no target waits for it: services that come behind
  // multi-user.target can be started while it works.
  return "# Made by gannet; `gannet agent remove` removes it.\n"
         "[Unit]\n"
         "Description=gannet: put back what an interrupted deployment left\n"
         "DefaultDependencies=no\n"
         "ConditionDirectoryNotEmpty=" +
         condition_path(state_dir_ + "/journal") +
         "\n"
         "RequiresMountsFor=" +
         unit_word(state_dir_) +
         "\n"
         "After=local-fs.target sysinit.target basic.target dbus.service\n"
         "After=docker.service docker.socket containerd.service caddy.service\n"
         "Conflicts=shutdown.target\n"
         "Before=shutdown.target\n"
         "\n"
         "[Service]\n"
         "Type=oneshot\n"
         "ExecStart=" +
         unit_word(program) + " recover --state-dir " + unit_word(state_dir_) +
         "\n"
         "KillMode=process\n"
         "TimeoutStartSec=infinity\n"
         "\n"
         "[Install]\n"
         "WantedBy=multi-user.target\n";
}

Result<> BootUnit::install(const std::string& program) const {
  const std::string wanted = text(program);
  const std::string path = unit_path();
  const std::string link = link_path();
  const auto there = read_file(path);
  if (!there || *there != wanted) {
    // A name with another ending is no unit to systemd.
    const std::string fresh = path + ".new";
    TRY_VOID(write_file(fresh, wanted));
    if (::rename(fresh.c_str(), path.c_str()) != 0) return failed("replace", path);
    TRY_VOID(sync_folder(tree_.path(kFolder)));
  }
  const std::string target = "../" + name();
  if (read_link(link) == target) return {};
  const std::string wants = tree_.path(kWants);
  if (::mkdir(wants.c_str(), 0755) != 0 && errno != EEXIST) return failed("make", wants);
  if (::unlink(link.c_str()) != 0 && errno != ENOENT) return failed("replace", link);
  if (::symlink(target.c_str(), link.c_str()) != 0) return failed("make", link);
  TRY_VOID(sync_folder(wants));
  return sync_folder(tree_.path(kFolder));
}

Result<std::vector<std::string>> BootUnit::remove() const {
  std::vector<std::string> removed;
  for (const std::string& path : {link_path(), unit_path()}) {
    if (::unlink(path.c_str()) == 0) {
      removed.push_back(path);
    } else if (errno != ENOENT && errno != ENOTDIR) {
      return fail(std::move(failed("remove", path).error()));
    }
  }
  return removed;
}

}  // namespace gannet::agent
