// The lines at the bottom of a terminal that show what each host is doing. Pure text: no I/O.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "controller/report/reporter.h"
#include "controller/report/style.h"

namespace gannet::controller {

/// One line per host, redrawn in place. When there are more hosts than rows, the active ones and a
/// line that counts. Not thread-safe.
class LiveArea {
 public:
  LiveArea(const std::vector<std::string>& hosts, Style style, bool unicode);

  /// `host` does `phase` since `now`. Hosts that were not named before are added.
  void enter(const std::string& host, std::string_view phase, SteadyTime now);
  void finish(const HostRecord& host, SteadyTime now);

  /// Control characters and text that replace what is on the screen by the state of `now`.
  [[nodiscard]] std::string draw(SteadyTime now, Sink::Size size);
  /// Control characters that remove what draw() put there; empty when nothing is there.
  [[nodiscard]] std::string erase();

 private:
  struct Row {
    std::string host;
    std::string text;
    std::optional<Outcome> outcome;
    std::optional<SteadyTime> started;
    SteadyTime finished;
  };

  Row& row(const std::string& host);
  [[nodiscard]] std::string line(const Row& row, SteadyTime now, std::size_t columns) const;
  [[nodiscard]] std::string counts(std::size_t columns) const;
  [[nodiscard]] std::string_view spinner(SteadyTime now) const;

  Style style_;
  bool unicode_;
  std::vector<Row> rows_;
  std::map<std::string, std::size_t> index_;
  std::size_t name_width_ = 0;
  std::size_t drawn_ = 0;  ///< lines on the screen
};

}  // namespace gannet::controller
