#include "controller/report/live_area.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "controller/report/wording.h"

namespace gannet::controller {
namespace {

constexpr std::size_t kReservedRows = 2;  // the prompt and one line of what came before
constexpr std::size_t kMaxNameWidth = 32;
constexpr std::size_t kTimeWidth = 12;  // "12 min 05 s" and a space

std::int64_t ms_between(SteadyTime from, SteadyTime to) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(to - from).count();
}

}  // namespace

LiveArea::LiveArea(const std::vector<std::string>& hosts, Style style, bool unicode)
    : style_(style), unicode_(unicode) {
  for (const auto& host : hosts) row(host);
}

LiveArea::Row& LiveArea::row(const std::string& host) {
  const auto [place, added] = index_.emplace(host, rows_.size());
  if (added) {
    rows_.push_back({host, "", std::nullopt, std::nullopt, {}});
    name_width_ = std::min(std::max(name_width_, display_width(host)), kMaxNameWidth);
  }
  return rows_[place->second];
}

void LiveArea::enter(const std::string& host, std::string_view phase, SteadyTime now) {
  auto& entry = row(host);
  if (!entry.started || entry.outcome) entry.started = now;
  entry.outcome.reset();
  entry.text = one_line(phase);
}

void LiveArea::finish(const HostRecord& host, SteadyTime now) {
  auto& entry = row(host.host);
  entry.outcome = host.outcome;
  entry.finished = now;
  entry.text = std::string(to_string(host.outcome));
  if (!host.message.empty()) entry.text += ": " + one_line(host.message);
}

std::string_view LiveArea::spinner(SteadyTime now) const {
  constexpr std::array<std::string_view, 8> kUnicode{"⠋", "⠙", "⠸", "⠴", "⠦", "⠇", "⠏", "⠹"};
  constexpr std::array<std::string_view, 4> kAscii{"|", "/", "-", "\\"};
  const auto step = static_cast<std::size_t>(ms_between(SteadyTime{}, now) / 100);
  return unicode_ ? kUnicode[step % kUnicode.size()] : kAscii[step % kAscii.size()];
}

std::string LiveArea::line(const Row& row, SteadyTime now, std::size_t columns) const {
  const auto tone = row.outcome ? tone_of(*row.outcome) : Tone::kPlain;
  const auto mark = row.outcome   ? mark_of(*row.outcome, unicode_)
                    : row.started ? spinner(now)
                                  : std::string_view(unicode_ ? "·" : ".");
  auto name = cut_to(row.host, name_width_);
  name.append(name_width_ - display_width(name), ' ');
  std::string elapsed;
  if (row.started)
    elapsed = format_elapsed(ms_between(*row.started, row.outcome ? row.finished : now));
  elapsed.insert(0, kTimeWidth - std::min(kTimeWidth, elapsed.size()), ' ');

  const std::size_t fixed = 2 + name_width_ + kTimeWidth + 2;
  const auto room = columns > fixed ? columns - fixed : 0;
  const auto text = cut_to(row.started || row.outcome ? row.text : "waiting", room);
  std::string result = style_.paint(tone, mark) + " ";
  result += row.started || row.outcome ? name : style_.paint(Tone::kMuted, name);
  result += style_.paint(Tone::kMuted, elapsed) + "  ";
  result += style_.paint(row.started || row.outcome ? tone : Tone::kMuted, text);
  return result;
}

std::string LiveArea::counts(std::size_t columns) const {
  std::vector<Outcome> done;
  std::size_t running = 0;
  for (const auto& row : rows_) {
    if (row.outcome) done.push_back(*row.outcome);
    if (!row.outcome && row.started) ++running;
  }
  auto text = std::to_string(done.size()) + " of " + std::to_string(rows_.size()) + " done";
  if (!done.empty()) text += " (" + outcome_counts(done, Vocabulary::kDeployment) + ")";
  text += ", " + std::to_string(running) + " running, " +
          std::to_string(rows_.size() - done.size() - running) + " waiting";
  return cut_to(text, columns);
}

std::string LiveArea::draw(SteadyTime now, Sink::Size size) {
  const auto columns = size.columns > 1 ? size.columns - 1 : 1;  // the last one would wrap
  const auto rows = size.rows > kReservedRows + 1 ? size.rows - kReservedRows : 1;
  std::vector<std::string> lines;
  if (rows_.size() <= rows) {
    for (const auto& row : rows_) lines.push_back(line(row, now, columns));
  } else {
    for (const auto& row : rows_) {
      if (lines.size() + 1 >= rows) break;
      if (row.started && !row.outcome) lines.push_back(line(row, now, columns));
    }
    lines.push_back(counts(columns));
  }
  std::string text;
  if (drawn_ > 0) text = "\x1b[" + std::to_string(drawn_) + "F";
  for (const auto& each : lines) text += each + "\x1b[K\n";
  text += "\x1b[J";
  drawn_ = lines.size();
  return text;
}

std::string LiveArea::erase() {
  if (drawn_ == 0) return {};
  auto text = "\x1b[" + std::to_string(drawn_) + "F\x1b[J";
  drawn_ = 0;
  return text;
}

}  // namespace gannet::controller
