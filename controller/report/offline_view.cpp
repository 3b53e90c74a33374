// Hosts that were off, and what happens when they stay off.
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/report/json_documents.h"
#include "controller/report/views.h"
#include "controller/report/wording.h"

namespace gannet::controller {
namespace {

/// "2 minutes", "1 minute", "90 seconds".
std::string long_time(std::chrono::milliseconds time) {
  if (time.count() % 1'000 != 0) return format_duration(time);
  const auto seconds = static_cast<std::size_t>(time.count() / 1'000);
  return seconds % 60 == 0 ? count_of(seconds / 60, "minute") : count_of(seconds, "second");
}

}  // namespace

std::string missed_text(const std::vector<ResultStore::Missed>& missed, const View& view) {
  std::string text;
  for (const auto& row : missed) {
    auto what = "missed " + row.service + (row.tag.empty() ? "" : " " + row.tag) + " " +
                format_age(view.now_ms - row.when_ms) + " ago (run " + row.run;
    if (!row.message.empty()) what += ", " + one_line(row.message);
    text += row.host + ": " +
            view.style.paint(Tone::kNotice, printable(what) + "); later: gannet deploy --pending") +
            "\n";
  }
  return text;
}

nlohmann::json missed_json(const std::vector<ResultStore::Missed>& missed) {
  auto list = nlohmann::json::array();
  for (const auto& row : missed)
    list.push_back({{"host", row.host},
                    {"service", row.service},
                    {"tag", row.tag},
                    {"run", row.run},
                    {"environment", row.environment},
                    {"message", row.message},
                    {"when_ms", row.when_ms}});
  return list;
}

std::string watchdog_text(std::chrono::milliseconds watchdog) {
  if (watchdog.count() <= 0)
    return "Dead-man's switch: none (watchdog: 0): a host whose controller dies before the commit "
           "keeps "
           "the unconfirmed release, and takes no other, until it is restarted; then it goes back";
  return "Dead-man's switch: hosts restore themselves after " + long_time(watchdog) +
         " without a new connection";
}

}  // namespace gannet::controller
