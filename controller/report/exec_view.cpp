#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "controller/report/json_documents.h"
#include "controller/report/views.h"
#include "controller/report/wording.h"

namespace gannet::controller {
namespace {

/// Hosts whose command ended in the same way with the same output.
struct Group {
  const ExecResult* like = nullptr;
  std::vector<std::string> hosts;
};

bool same(const ExecResult& a, const ExecResult& b) {
  return a.output == b.output && a.reply.exit_code == b.reply.exit_code &&
         a.reply.timed_out == b.reply.timed_out;
}

std::vector<Group> groups_of(const ExecOutput& output) {
  std::vector<Group> groups;
  for (const auto& result : output.results) {
    if (result.error) continue;  // the closing lines tell
    const auto found =
        std::ranges::find_if(groups, [&](const Group& group) { return same(*group.like, result); });
    if (found != groups.end())
      found->hosts.push_back(result.host);
    else
      groups.push_back({&result, {result.host}});
  }
  return groups;
}

/// How it ended, when that is worth a word.
std::string ending(const ExecResult& result) {
  const auto& reply = result.reply;
  if (reply.timed_out) return "timed out";
  if (reply.signal != 0) return "killed by signal " + std::to_string(reply.signal);
  if (reply.exit_code != 0) return "exit " + std::to_string(reply.exit_code);
  return {};
}

}  // namespace

std::string exec_text(const ExecOutput& output, const View& view) {
  std::string text;
  for (const auto& group : groups_of(output)) {
    const auto& result = *group.like;
    const auto how = ending(result);
    text += view.style.paint(Tone::kStrong, name_hosts(group.hosts) + ":");
    if (!how.empty()) text += " " + view.style.paint(Tone::kBad, how);
    if (how.empty() && result.output.empty())
      text += " " + view.style.paint(Tone::kMuted, "(no output)");
    text += "\n" + printable(result.output);
    if (!result.output.empty() && result.output.back() != '\n') text += "\n";
    if (result.reply.dropped_bytes > 0)
      text += view.style.paint(Tone::kNotice, "(" + format_size(result.reply.dropped_bytes) +
                                                  " more were not sent)") +
              "\n";
  }
  return text;
}

nlohmann::json exec_json(const ExecOutput& output) {
  auto list = nlohmann::json::array();
  for (const auto& result : output.results) {
    nlohmann::json entry{{"host", result.host}};
    if (result.error)
      entry["error"] = error_json(*result.error);
    else
      entry.update({{"exit_code", result.reply.exit_code},
                    {"signal", result.reply.signal},
                    {"timed_out", result.reply.timed_out},
                    {"dropped_bytes", result.reply.dropped_bytes},
                    {"output", result.output}});
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace gannet::controller
