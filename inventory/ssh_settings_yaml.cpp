#include <algorithm>
#include <cstdlib>
#include <utility>

#include <pwd.h>
#include <unistd.h>

#include "inventory/ssh_settings.h"

namespace gannet::inventory {
namespace {

std::string home_folder() {
  const char* home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe): read at the start only
  if (home != nullptr && *home != '\0') return home;
  const passwd* entry = ::getpwuid(::getuid());  // NOLINT(concurrency-mt-unsafe)
  return entry == nullptr ? "/" : entry->pw_dir;
}

bool is_user_name(const std::string& name) {
  return !name.empty() && name.front() != '-' && std::all_of(name.begin(), name.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20U && c != 0x7F && c != ':' && c != '@';
  });
}

}  // namespace

std::string expand_path(const std::string& path, const std::filesystem::path& folder) {
  if (path == "~") return home_folder();
  if (path.starts_with("~/")) return home_folder() + path.substr(1);
  return (folder / path).lexically_normal().string();
}

SshSettings read_ssh_settings(const YamlContext& context, const YamlNode* node,
                              const std::string& what, const std::filesystem::path& folder) {
  SshSettings settings;
  if (node == nullptr) return settings;
  MapReader reader(context, *node, what);
  settings.user = reader.text("user");
  if (settings.user && !is_user_name(*settings.user)) {
    reader.add("user", "\"" + *settings.user + "\" cannot be the name of a user");
  }
  if (const auto port = reader.number("port", 1, 65'535)) {
    settings.port = static_cast<std::uint16_t>(*port);
  }
  for (const YamlNode* file : reader.texts("identity_files")) {
    settings.identity_files.push_back(expand_path(file->text, folder));
  }
  if (const auto file = reader.text("known_hosts")) {
    settings.known_hosts_file = expand_path(*file, folder);
  }
  if (const auto become = reader.choice("become", {"sudo", "none"})) {
    settings.become = *become == "sudo" ? Become::kSudo : Become::kNone;
  }
  reader.finish();
  return settings;
}

void fill_unset(SshSettings& settings, const SshSettings& beneath) {
  if (!settings.user) settings.user = beneath.user;
  if (!settings.port) settings.port = beneath.port;
  if (settings.identity_files.empty()) settings.identity_files = beneath.identity_files;
  if (!settings.known_hosts_file) settings.known_hosts_file = beneath.known_hosts_file;
  if (!settings.become) settings.become = beneath.become;
}

}  // namespace gannet::inventory
