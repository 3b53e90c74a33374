#include "protocol/release.h"

#include <algorithm>

#include "base/text.h"

namespace gannet::protocol {
namespace {

constexpr std::size_t kMaxFiles = 100'000;
constexpr std::size_t kMaxPathBytes = 4095;  // what Linux takes, without the final NUL
constexpr std::size_t kMaxServiceName = 63;
constexpr std::size_t kMaxIdLength = 128;
constexpr std::uint32_t kMaxMode = 07777;

tl::unexpected<Error> refuse(const Release& release, std::string why, std::string hint = {}) {
  return fail(Code::kInvalidInput, printable(release.service) + ": " + std::move(why),
              std::move(hint));
}

std::string quoted(std::string_view text) { return "\"" + printable(text) + "\""; }

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

bool is_service_name(std::string_view name) {
  return !name.empty() && name.size() <= kMaxServiceName && is_lower_or_digit(name.front()) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return is_lower_or_digit(c) || c == '_' || c == '-'; });
}

/// Ids become file names on the host: nothing in them may mean anything to a path.
bool is_id(std::string_view id) {
  const auto alphanumeric = [](char c) { return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z'); };
  return !id.empty() && id.size() <= kMaxIdLength && alphanumeric(id.front()) &&
         std::all_of(id.begin(), id.end(),
                     [&](char c) { return alphanumeric(c) || c == '_' || c == '-' || c == '.'; });
}

/// A user or group: a name or a number, without the characters that separate fields elsewhere.
bool is_account(std::string_view name) {
  return name.find_first_of(std::string_view(":/\n\t \0", 6)) == std::string_view::npos;
}

bool has_nul(std::string_view text) { return text.find('\0') != std::string_view::npos; }

/// Orders paths so that a directory stands directly before what is in it.
bool path_less(std::string_view a, std::string_view b) {
  const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c) + 1; };
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end(),
                                      [&](char x, char y) { return rank(x) < rank(y); });
}

Result<> validate_file(const Release& release, const FileEntry& file) {
  const std::string name = quoted(file.path);
  if (!is_clean_absolute_path(file.path)) {
    return refuse(release, "path " + name + " is not absolute and free of . and ..",
                  "write a destination such as /etc/app/config.toml");
  }
  if (file.path.size() > kMaxPathBytes) return refuse(release, "path " + name + " is too long");
  if (file.mode > kMaxMode) {
    return refuse(release, "mode of " + name + " is over 07777", "use a mode such as \"0644\"");
  }
  if (!is_account(file.owner) || !is_account(file.group)) {
    return refuse(release,
                  "owner " + quoted(file.owner + ":" + file.group) + " of " + name +
                      " is not a user and group",
                  "write owner as \"user:group\"");
  }
  return {};
}

Result<> validate_paths(const Release& release) {
  std::vector<std::string_view> paths;
  paths.reserve(release.files.size());
  for (const FileEntry& file : release.files) paths.push_back(file.path);
  std::sort(paths.begin(), paths.end(), path_less);
  for (std::size_t i = 1; i < paths.size(); ++i) {
    const std::string_view before = paths[i - 1];
    const std::string_view path = paths[i];
    if (path == before) return refuse(release, quoted(path) + " is there twice");
    if (path.starts_with(before) && path[before.size()] == '/') {
      return refuse(release, quoted(before) + " is a file and also the folder of " + quoted(path));
    }
  }
  return {};
}

Result<> validate_hooks(const Release& release, const std::vector<Hook>& hooks,
                        std::string_view which) {
  for (const Hook& hook : hooks) {
    if (hook.command.empty() || has_nul(hook.command)) {
      return refuse(release,
                    "a command of " + std::string(which) + " is empty or holds a NUL character");
    }
  }
  return {};
}

}  // namespace

Result<> validate(const Release& release) {
  if (!is_service_name(release.service)) {
    return fail(Code::kInvalidInput, "service name " + quoted(release.service) + " is not allowed",
                "use 1 to 63 of a-z, 0-9, _ and -, beginning with a letter or digit");
  }
  if (!release.id.empty() && !is_id(release.id)) {
    return refuse(release, "release id " + quoted(release.id) + " is not allowed");
  }
  if (release.files.size() > kMaxFiles) {
    return refuse(release,
                  std::to_string(release.files.size()) + " files, at most " +
                      std::to_string(kMaxFiles) + " are allowed",
                  "split the service, or deploy an archive and unpack it in after:");
  }
  for (const FileEntry& file : release.files) TRY_VOID(validate_file(release, file));
  TRY_VOID(validate_paths(release));
  TRY_VOID(validate_hooks(release, release.before, "before"));
  TRY_VOID(validate_hooks(release, release.after, "after"));
  return validate_hooks(release, release.on_rollback, "on_rollback");
}

Digest content_digest(const Release& release) {
  Release content;
  content.service = release.service;
  content.files = release.files;
  content.before = release.before;
  content.after = release.after;
  content.on_rollback = release.on_rollback;
  content.health = release.health;
  content.units = release.units;
  for (UnitSpec& unit : content.units) unit.install.clear();
  content.projects = release.projects;
  content.sites = release.sites;
  content.needs = release.needs;
  content.reboot_when_needed = release.reboot_when_needed;
  std::sort(content.files.begin(), content.files.end(),
            [](const FileEntry& a, const FileEntry& b) { return a.path < b.path; });
  return sha256(encode(content));
}

}  // namespace gannet::protocol
