#include "controller/images/platform.h"

#include <array>
#include <utility>

namespace gannet::controller {
namespace {

struct Machine {
  std::string_view machine;
  std::string_view architecture;
  std::string_view variant;
};
constexpr std::array kMachines = {
    Machine{"x86_64", "amd64", ""},   Machine{"amd64", "amd64", ""},
    Machine{"aarch64", "arm64", ""},  Machine{"arm64", "arm64", ""},
    Machine{"armv8l", "arm", "v7"},   Machine{"armv7l", "arm", "v7"},
    Machine{"armv6l", "arm", "v6"},   Machine{"armv5tel", "arm", "v5"},
    Machine{"i386", "386", ""},       Machine{"i586", "386", ""},
    Machine{"i686", "386", ""},       Machine{"ppc64le", "ppc64le", ""},
    Machine{"riscv64", "riscv64", ""}};

/// 5, 6, 7, 8 of "v5" ... "v8"; 0: not named.
int arm_version(std::string_view variant) {
  if (variant.starts_with('v')) variant.remove_prefix(1);
  return variant.size() == 1 && variant[0] >= '5' && variant[0] <= '8' ? variant[0] - '0' : 0;
}

}  // namespace

Platform platform_of(std::string_view machine) {
  for (const auto& known : kMachines) {
    if (known.machine == machine)
      return {"linux", std::string(known.architecture), std::string(known.variant)};
  }
  return {"linux", std::string(machine), ""};
}

std::string to_string(const Platform& platform) {
  std::string text = platform.os + "/" + platform.architecture;
  if (!platform.variant.empty()) text += "/" + platform.variant;
  return text;
}

int fitness(const Platform& image, const Platform& host) {
  if (image.os != host.os || image.architecture != host.architecture) return 0;
  if (image.architecture != "arm") return image.variant.empty() ? 2 : 1;
  const int version = arm_version(image.variant);
  return version > arm_version(host.variant) ? 0 : 1 + version;
}

}  // namespace gannet::controller
