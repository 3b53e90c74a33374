#include "agent/probes/resource_probes.h"

#include <cerrno>
#include <cstring>
#include <vector>

#include <sys/statvfs.h>

#include "agent/probes/finding.h"
#include "agent/probes/nearest_path.h"
#include "agent/system/facts.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr std::uint64_t kDefaultMaxLoad = 400;        // hundredths per core
constexpr std::uint64_t kDefaultMaxClockMs = 30'000;  // milliseconds

/// "3.07" -> 307.
Result<std::uint64_t> parse_hundredths(std::string_view text) {
  const std::size_t dot = text.find('.');
  TRY(const std::uint64_t whole, parse_unsigned(text.substr(0, dot)));
  if (dot == std::string_view::npos) return whole * 100;
  std::string digits(text.substr(dot + 1, 2));
  digits.resize(2, '0');
  TRY(const std::uint64_t rest, parse_unsigned(digits));
  return whole * 100 + rest;
}

protocol::Finding disk_finding(const protocol::Check& check, const std::string& at,
                               const struct statvfs& info) {
  const std::uint64_t block = info.f_frsize != 0 ? info.f_frsize : info.f_bsize;
  const std::uint64_t free_bytes = info.f_bavail * block;
  const std::uint64_t total = info.f_blocks * block;
  // btrfs and vfat have no fixed number of inodes and say 0.
  const bool counts_inodes = info.f_files != 0;
  std::string message = format_size(free_bytes) + " free of " + format_size(total);
  if (counts_inodes) message += ", " + std::to_string(info.f_favail) + " inodes free";
  message += " on " + at;

  std::string hint;
  if (free_bytes < check.min_bytes) {
    hint = "free " + format_size(check.min_bytes - free_bytes) + " on " + at +
           " (wanted: " + format_size(check.min_bytes) + "), see: du -xh " + shell_quote(at) +
           " | sort -h";
  } else if (counts_inodes && info.f_favail < check.min_count) {
    hint = "remove " + std::to_string(check.min_count - info.f_favail) + " small files on " + at +
           " (wanted: " + std::to_string(check.min_count) + " free inodes)";
  }
  const bool missed = !hint.empty();
  protocol::Finding finding = judge(check, missed, std::move(message), std::move(hint));
  add_value(finding, "path", at);
  add_value(finding, "free_bytes", free_bytes);
  add_value(finding, "total_bytes", total);
  if (counts_inodes) add_value(finding, "free_inodes", info.f_favail);
  return finding;
}

}  // namespace

protocol::Finding probe_disk(const protocol::Check& check) {
  if (!check.target.starts_with('/')) {
    return miss(check, "\"" + check.target + "\" is not an absolute path",
                "name a path that begins with /");
  }
  const std::string at = nearest_existing(check.target);
  struct statvfs info {};
  if (::statvfs(at.c_str(), &info) != 0) {
    return miss(check, "cannot measure " + at + ": " + std::strerror(errno),
                "is its file system mounted?");
  }
  return disk_finding(check, at, info);
}

protocol::Finding probe_memory(const protocol::Check& check, const HostTree& tree) {
  const auto meminfo = read_file(tree.path("/proc/meminfo"));
  const std::string content = meminfo.value_or(std::string());
  const auto available = meminfo_bytes(content, "MemAvailable");
  const auto total = meminfo_bytes(content, "MemTotal");
  if (!available || !total) {
    return miss(check, "cannot read the available memory from /proc/meminfo", "is /proc mounted?");
  }
  const bool missed = *available < check.min_bytes;
  protocol::Finding finding =
      judge(check, missed, format_size(*available) + " available of " + format_size(*total),
            "wanted: " + format_size(check.min_bytes) +
                "; see what takes it: ps -eo rss,comm --sort -rss");
  add_value(finding, "available_bytes", *available);
  add_value(finding, "total_bytes", *total);
  return finding;
}

protocol::Finding probe_load(const protocol::Check& check, const HostTree& tree) {
  const std::string text = read_word(tree.path("/proc/loadavg"));
  const auto load = parse_hundredths(split(text, ' ').front());
  if (!load) return miss(check, "cannot read the load from /proc/loadavg", "is /proc mounted?");
  const std::uint32_t cpus = std::max<std::uint32_t>(1, read_facts(tree).cpus);
  const std::uint64_t per_core = *load / cpus;
  const std::uint64_t limit = check.max_value != 0 ? check.max_value : kDefaultMaxLoad;
  protocol::Finding finding =
      judge(check, per_core > limit,
            "load " + format_hundredths(*load) + " on " + std::to_string(cpus) +
                " cores: " + format_hundredths(per_core) + " per core",
            "wanted: at most " + format_hundredths(limit) +
                " per core; see what runs: ps -eo pcpu,comm --sort -pcpu");
  add_value(finding, "load", format_hundredths(*load));
  add_value(finding, "cpus", cpus);
  return finding;
}

protocol::Finding probe_clock(const protocol::Check& check, const ProbeContext& context) {
  if (!context.clock_ahead) {
    return warn(check, "the controller did not tell its time", "use a newer controller");
  }
  const std::int64_t ahead = context.clock_ahead->count();
  const auto off = static_cast<std::uint64_t>(ahead < 0 ? -ahead : ahead);
  const std::uint64_t limit = check.max_value != 0 ? check.max_value : kDefaultMaxClockMs;
  const auto shown = std::chrono::milliseconds(off);
  const std::string message =
      off < 1000 ? "clock agrees with the controller's (" + format_duration(shown) + ")"
                 : "clock is " + format_duration(shown) + (ahead < 0 ? " behind" : " ahead of") +
                       " the controller's";
  protocol::Finding finding =
      judge(check, off > limit, message,
            "wanted: at most " + format_duration(std::chrono::milliseconds(limit)) +
                "; set it, or switch time synchronisation on: timedatectl set-ntp true");
  add_value(finding, "ahead_ms", std::to_string(ahead));
  return finding;
}

}  // namespace gannet::agent
