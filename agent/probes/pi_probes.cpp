#include "agent/probes/pi_probes.h"

#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "agent/probes/finding.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr std::uint64_t kDefaultMaxTemperature = 8'000;  // hundredths of a degree
constexpr std::string_view kThrottleFile = "/sys/devices/platform/soc/soc:firmware/get_throttled";
constexpr unsigned kSinceBoot = 16;  // a flag's "has been so since boot" is 16 bits higher

/// Flags of the firmware, lowest bit first.
constexpr std::array<std::string_view, 4> kFlags = {"under-voltage", "frequency capped",
                                                    "throttled", "soft temperature limit"};

struct Zone {
  std::string name;
  std::int64_t millidegrees = 0;
};

std::optional<std::int64_t> read_millidegrees(const std::string& path) {
  const std::string text = read_word(path);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

std::optional<Zone> hottest_zone(const HostTree& tree) {
  const std::string folder = tree.path("/sys/class/thermal");
  std::optional<Zone> hottest;
  for (const std::string& name : list_directory(folder)) {
    if (!name.starts_with("thermal_zone")) continue;
    std::string zone = folder;
    zone.append("/").append(name);
    const auto measured = read_millidegrees(zone + "/temp");
    if (!measured || (hottest && hottest->millidegrees >= *measured)) continue;
    const std::string type = read_word(zone + "/type");
    hottest = Zone{type.empty() ? name : type, *measured};
  }
  return hottest;
}

std::string format_celsius(std::int64_t hundredths) {
  const std::string sign = hundredths < 0 ? "-" : "";
  const auto size = static_cast<std::uint64_t>(hundredths < 0 ? -hundredths : hundredths);
  return sign + format_hundredths(size) + " °C";
}

std::string name_flags(std::uint64_t bits) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kFlags.size(); ++i) {
    if (((bits >> i) & 1U) != 0) names.emplace_back(kFlags[i]);
  }
  return join(names, ", ");
}

/// The firmware's word, or what the voltage sensor knows of it; nullopt on other hardware.
std::optional<std::uint64_t> read_flags(const HostTree& tree) {
  std::string text = read_word(tree.path(kThrottleFile));
  if (text.starts_with("0x")) text.erase(0, 2);
  if (const auto bits = parse_unsigned(text, 16)) return *bits;
  const std::string folder = tree.path("/sys/class/hwmon");
  for (const std::string& name : list_directory(folder)) {
    std::string sensor = folder;
    sensor.append("/").append(name);
    if (read_word(sensor + "/name") != "rpi_volt") continue;
    if (const auto alarm = parse_unsigned(read_word(sensor + "/in0_lcrit_alarm"))) {
      return *alarm != 0 ? 1U : 0U;
    }
  }
  return std::nullopt;
}

}  // namespace

protocol::Finding probe_temperature(const protocol::Check& check, const HostTree& tree) {
  const auto zone = hottest_zone(tree);
  if (!zone) return pass(check, "not measured: this host has no temperature sensor");
  const std::int64_t hundredths = zone->millidegrees / 10;
  const std::uint64_t limit = check.max_value != 0 ? check.max_value : kDefaultMaxTemperature;
  const bool missed = hundredths > 0 && static_cast<std::uint64_t>(hundredths) > limit;
  protocol::Finding finding =
      judge(check, missed, format_celsius(hundredths) + " (" + zone->name + ")",
            "wanted: at most " + format_celsius(static_cast<std::int64_t>(limit)) +
                "; let it cool down, or give it a heat sink or a fan");
  add_value(finding, "millidegrees", std::to_string(zone->millidegrees));
  add_value(finding, "zone", zone->name);
  return finding;
}

protocol::Finding probe_throttling(const protocol::Check& check, const HostTree& tree) {
  const auto flags = read_flags(tree);
  if (!flags) return pass(check, "not measured: this host has no Raspberry Pi firmware");
  const std::string hint =
      "use the board's own power supply and a short cable, and see to its cooling";
  const std::string now = name_flags(*flags);
  const std::string before = name_flags(*flags >> kSinceBoot);
  protocol::Finding finding;
  if (!now.empty()) {
    finding = miss(check, "now: " + now, hint);
  } else if (!before.empty()) {
    finding = warn(check, "since boot: " + before + "; not now", hint);
  } else {
    finding = pass(check, "no under-voltage and no throttling since boot");
  }
  std::array<char, 17> hex{};
  const auto end = std::to_chars(hex.data(), hex.data() + hex.size(), *flags, 16).ptr;
  add_value(finding, "flags", "0x" + std::string(hex.data(), end));
  return finding;
}

}  // namespace gannet::agent
