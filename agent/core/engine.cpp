#include "agent/core/engine.h"

#include <algorithm>

#include "agent/core/file_tools.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr std::size_t kMaxName = 128;  // characters

template <class Time>
std::int64_t to_ms(Time time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

std::int64_t Engine::wall_ms() const { return to_ms(clock.wall()); }
std::int64_t Engine::steady_ms() const { return to_ms(clock.steady()); }

Result<std::string> Engine::boot_id() const {
  auto text = read_text(files, "/proc/sys/kernel/random/boot_id", 4096);
  if (!text && text.error().code == Code::kNotFound) return std::string();
  if (!text) return text;
  return std::string(trim(*text));
}

std::string format_ms(std::int64_t wall_ms) {
  return format_utc(WallTime(std::chrono::milliseconds(wall_ms)));
}

Result<> check_name(std::string_view what, std::string_view id) {
  const bool clean = std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  });
  if (clean && !id.empty() && id.size() <= kMaxName && id.front() != '.') return {};
  return fail(Code::kInvalidInput, std::string(what) + " \"" + printable(id) + "\" is no name",
              "use letters, digits, dots and dashes");
}

}  // namespace gannet::agent
