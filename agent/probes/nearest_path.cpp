#include "agent/probes/nearest_path.h"

#include <sys/stat.h>

namespace gannet::agent {
namespace {

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.find_last_of('/');
  if (slash == std::string::npos || slash == 0) return "/";
  return path.substr(0, slash);
}

}  // namespace

std::string nearest_existing(std::string path) {
  struct stat info {};
  while (path != "/" && ::stat(path.c_str(), &info) != 0) path = parent_of(path);
  return path;
}

std::string nearest_directory(std::string path) {
  struct stat info {};
  while (path != "/" && (::stat(path.c_str(), &info) != 0 || !S_ISDIR(info.st_mode))) {
    path = parent_of(path);
  }
  return path;
}

}  // namespace gannet::agent
