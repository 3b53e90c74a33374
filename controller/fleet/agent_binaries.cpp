#include "controller/fleet/agent_binaries.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <utility>

#include <elf.h>

#include "base/text.h"

namespace gannet::controller {
namespace {

constexpr std::string_view kPrefix = "gannet-agent";

struct Architecture {
  std::string_view arch;
  std::array<std::string_view, 4> names;     ///< in file names, besides arch
  std::array<std::string_view, 4> machines;  ///< uname -m
};

constexpr std::array<Architecture, 5> kArchitectures{{
    {"x86_64", {"amd64"}, {"x86_64"}},
    {"aarch64", {"arm64"}, {"aarch64", "arm64"}},
    {"armv7l", {"armhf"}, {"armv7l", "armv8l"}},
    {"armv6l", {"armel"}, {"armv6l", "armv5tel", "armv5tejl"}},
    {"i686", {"i386"}, {"i686", "i586", "i486", "i386"}},
}};

bool holds(const std::array<std::string_view, 4>& names, std::string_view name) {
  return !name.empty() && std::ranges::find(names, name) != names.end();
}

/// "amd64" -> "x86_64"; what is not known stays as it is.
std::string canonical_arch(std::string_view name) {
  for (const auto& known : kArchitectures) {
    if (known.arch == name || holds(known.names, name) || holds(known.machines, name))
      return std::string(known.arch);
  }
  return std::string(name);
}

std::optional<std::string> arch_of_elf(std::string_view content) {
  constexpr std::size_t kMachineAt = 18;
  constexpr std::size_t kFlags32At = 36;
  if (content.size() < 64 || content.substr(0, SELFMAG) != ELFMAG) return std::nullopt;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(content[at]); };
  switch (byte(kMachineAt) | (byte(kMachineAt + 1) << 8)) {
    case EM_X86_64:
      return "x86_64";
    case EM_AARCH64:
      return "aarch64";
    case EM_386:
      return "i686";
    case EM_ARM:
      return (byte(kFlags32At + 1) & 0x04) != 0 ? "armv7l" : "armv6l";  // EF_ARM_ABI_FLOAT_HARD
    default:
      return std::nullopt;
  }
}

Result<std::string> read_file(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  if (!in) return fail_errno(Code::kIo, "read " + file.string(), errno);
  std::string content(static_cast<std::size_t>(in.tellg()), '\0');
  in.seekg(0);
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  if (!in) return fail_errno(Code::kIo, "read " + file.string(), errno);
  return content;
}

std::string folder_list(const std::vector<std::filesystem::path>& folders) {
  std::vector<std::string> names;
  names.reserve(folders.size());
  for (const auto& folder : folders) names.push_back(folder.string());
  return join(names, ", ");
}

/// Agents of one folder, by name, so that which one wins does not depend on the file system.
std::vector<std::filesystem::path> candidates(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  std::error_code ec;
  for (const auto& entry : std::filesystem::directory_iterator(folder, ec)) {
    const std::string name = entry.path().filename().string();
    const bool named =
        name == kPrefix || (name.starts_with(kPrefix) && name[kPrefix.size()] == '-');
    std::error_code ignored;
    if (named && entry.is_regular_file(ignored)) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace

Result<AgentBinaries> AgentBinaries::locate() {
  if (const char* folder = std::getenv("GANNET_AGENT_DIR"); folder != nullptr && *folder != '\0')
    return find({folder});
  std::error_code ec;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", ec);
  const auto here = program.parent_path();
  const auto above = here.parent_path();
  return find({here, above / "agent", above / "lib" / "gannet"});
}

Result<AgentBinaries> AgentBinaries::find(std::vector<std::filesystem::path> folders) {
  AgentBinaries result;
  for (const auto& folder : folders) {
    for (const auto& file : candidates(folder)) {
      TRY(const std::string content, read_file(file));
      const auto elf = arch_of_elf(content);
      const std::string name = file.filename().string();
      if (!elf && name == kPrefix) continue;  // a script of that name is not an agent
      AgentBinary agent;
      agent.arch = name == kPrefix ? *elf : canonical_arch(name.substr(kPrefix.size() + 1));
      const auto same = [&](const AgentBinary& other) { return other.arch == agent.arch; };
      if (std::ranges::any_of(result.agents_, same)) continue;
      agent.file = file;
      agent.digest = sha256(content);
      agent.size = content.size();
      result.agents_.push_back(std::move(agent));
    }
  }
  if (result.agents_.empty()) {
    return fail(Code::kNotFound, "no gannet-agent found; looked in " + folder_list(folders),
                "set GANNET_AGENT_DIR to the folder that holds gannet-agent-<arch>");
  }
  result.folders_ = std::move(folders);
  return result;
}

Result<const AgentBinary*> AgentBinaries::for_machine(std::string_view machine) const {
  const std::string arch = canonical_arch(machine);
  for (const auto& agent : agents_) {
    if (agent.arch == arch) return &agent;
  }
  return fail(Code::kNotFound,
              "no agent for architecture " + printable(machine) + ": gannet-agent-" +
                  printable(arch) + " is not in " + folder_list(folders_),
              "build the agent for it, or set GANNET_AGENT_DIR to the folder that holds it");
}

std::vector<std::string> AgentBinaries::machines_of(std::string_view arch) {
  for (const auto& known : kArchitectures) {
    if (known.arch != arch) continue;
    std::vector<std::string> machines;
    for (const auto machine : known.machines) {
      if (!machine.empty()) machines.emplace_back(machine);
    }
    return machines;
  }
  return {std::string(arch)};
}

Result<std::shared_ptr<const std::string>> AgentBinaries::content(const AgentBinary& agent) const {
  if (const auto found = contents_.find(agent.digest); found != contents_.end())
    return found->second;
  TRY(std::string text, read_file(agent.file));
  if (sha256(text) != agent.digest) {
    return fail(Code::kConflict, agent.file.string() + ": changed while gannet runs",
                "run the command again");
  }
  auto shared = std::make_shared<const std::string>(std::move(text));
  contents_.emplace(agent.digest, shared);
  return shared;
}

}  // namespace gannet::controller
