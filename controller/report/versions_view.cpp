#include <nlohmann/json.hpp>

#include "controller/report/json_documents.h"
#include "controller/report/table.h"
#include "controller/report/views.h"

namespace gannet::controller {

std::string versions_text(const AgentVersionOutput& output, const View& view) {
  Table table({"HOST", "VERSION", "ARCH", "PATH"});
  for (const auto& host : output.hosts)
    if (!host.error) table.add({{host.host}, {host.build}, {host.arch}, {host.path}});
  return table.empty() ? "" : table.render(view.style, view.columns);
}

nlohmann::json versions_json(const AgentVersionOutput& output) {
  auto list = nlohmann::json::array();
  for (const auto& host : output.hosts) {
    nlohmann::json entry{{"host", host.host}};
    if (host.error)
      entry["error"] = error_json(*host.error);
    else
      entry.update({{"version", host.build}, {"arch", host.arch}, {"path", host.path}});
    list.push_back(std::move(entry));
  }
  return list;
}

}  // namespace gannet::controller
