// The Compose file of `generate: { compose: ... }`.
#include <algorithm>
#include <array>
#include <set>

#include "base/text.h"
#include "playbooks/generate/writers.h"

namespace gannet::playbooks {
namespace {

/// Health checks of databases, which the rest of a project waits for.
struct UsualCheck {
  std::string_view image;
  std::string_view command;  ///< "$$": the container's shell sees "$"
};
constexpr std::array<UsualCheck, 5> kUsualChecks{{
    {"postgres", "pg_isready -U \"$${POSTGRES_USER:-postgres}\""},
    {"mariadb", "healthcheck.sh --connect --innodb_initialized"},
    {"mysql", "mysqladmin ping --silent"},
    {"redis", "redis-cli ping | grep -q PONG"},
    {"valkey", "valkey-cli ping | grep -q PONG"},
}};

std::string usual_check(const std::string& image) {
  const std::string last = image.substr(image.rfind('/') + 1);
  const std::string name = last.substr(0, last.find_first_of(":@"));
  const auto* const found = std::ranges::find(kUsualChecks, name, &UsualCheck::image);
  return found == kUsualChecks.end() ? "" : std::string(found->command);
}

std::string check_of(const ContainerSpec& one) {
  return one.healthcheck.empty() ? usual_check(one.image) : one.healthcheck;
}

/// Nothing that YAML or Compose takes for anything but text.
bool is_plain_word(std::string_view text) {
  constexpr std::array<std::string_view, 8> kOther{"true", "false", "yes",  "no",
                                                   "on",   "off",   "null", "y"};
  const bool letter = !text.empty() && ((text[0] >= 'a' && text[0] <= 'z') ||
                                        (text[0] >= 'A' && text[0] <= 'Z' && text.size() > 5));
  return letter && std::ranges::find(kOther, text) == kOther.end() && text != "n" &&
         std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_' || c == '-' || c == '.';
         });
}

std::string yaml_quoted(std::string_view text) {
  if (is_plain_word(text)) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\t' ? ' ' : c;
  }
  return out + "\"";
}

std::string declared_volume(const std::string& mount) {
  const auto colon = mount.find(':');
  if (colon == std::string::npos || mount.find_first_of("./~$") == 0) return {};
  return mount.substr(0, colon);
}

class ContainersWriter {
 public:
  explicit ContainersWriter(const GenerateSpec& spec) : spec_(spec) {
    for (const auto& one : spec.containers) has_internal_ |= one.internal;
  }

  std::string write() {
    text_ =
        "# Log files that stay small: Docker's own default grows until an SD card is full.\n"
        "x-logging: &logging\n"
        "  driver: json-file\n"
        "  options: { max-size: \"10m\", max-file: \"3\" }\n\nservices:\n";
    for (const auto& one : spec_.containers) container(one);
    std::set<std::string> volumes;
    for (const auto& one : spec_.containers)
      for (const auto& mount : one.volumes) volumes.insert(declared_volume(mount));
    volumes.erase("");
    if (!volumes.empty()) text_ += "volumes:\n";
    for (const auto& name : volumes) text_ += "  " + yaml_quoted(name) + ":\n";
    if (has_internal_) {
      text_ += std::string(volumes.empty() ? "" : "\n") +
               "networks:\n  # No way in from outside, and none out.\n"
               "  backend:\n    internal: true\n";
    }
    while (text_.ends_with("\n\n")) text_.pop_back();
    return text_;
  }

 private:
  void key(const std::string& name, const std::string& value) {
    if (!value.empty()) text_ += "    " + name + ": " + yaml_quoted(value) + "\n";
  }

  void list(const std::string& name, const std::vector<std::string>& values) {
    if (!values.empty()) text_ += "    " + name + ":\n";
    for (const auto& value : values) text_ += "      - " + yaml_quoted(value) + "\n";
  }

  void container(const ContainerSpec& one) {
    text_ += "  " + yaml_quoted(one.name) + ":\n";
    key("image", one.image);
    if (one.command.size() == 1)
      key("command", one.command.front());
    else
      list("command", one.command);
    key("user", one.user);
    key("restart", one.restart);
    list("ports", one.ports);
    if (!one.environment.empty()) text_ += "    environment:\n";
    for (const auto& [name, value] : one.environment)
      text_ += "      " + yaml_quoted(name) + ": " + yaml_quoted(value) + "\n";
    list("volumes", one.volumes);
    dependencies(one);
    health(one);
    if (has_internal_)
      text_ += one.internal ? "    networks: [backend]\n" : "    networks: [default, backend]\n";
    key("mem_limit", one.memory);
    if (!one.cpus.empty()) text_ += "    cpus: " + one.cpus + "\n";
    // Also for programs in the container that are setuid.
    text_ += "    security_opt: [\"no-new-privileges:true\"]\n    logging: *logging\n\n";
  }

  void dependencies(const ContainerSpec& one) {
    if (!one.depends_on.empty()) text_ += "    depends_on:\n";
    for (const auto& name : one.depends_on) {
      const auto found = std::ranges::find(spec_.containers, name, &ContainerSpec::name);
      const bool healthy = found != spec_.containers.end() && !check_of(*found).empty();
      text_ += "      " + yaml_quoted(name) +
               ": { condition: " + (healthy ? "service_healthy" : "service_started") + " }\n";
    }
  }

  void health(const ContainerSpec& one) {
    const std::string command = check_of(one);
    if (command.empty()) return;
    text_ += "    healthcheck:\n      test: [\"CMD-SHELL\", " + yaml_quoted(command) +
             "]\n      interval: 30s\n      timeout: 5s\n      retries: 3\n"
             "      start_period: 60s # a busy Raspberry Pi takes its time\n";
  }

  const GenerateSpec& spec_;
  std::string text_;
  bool has_internal_ = false;
};

}  // namespace

std::string write_containers(const GenerateSpec& spec) { return ContainersWriter(spec).write(); }

}  // namespace gannet::playbooks
