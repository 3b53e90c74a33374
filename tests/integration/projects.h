// Definitions that several integration tests deploy.
#pragma once

#include <map>
#include <string>

#include "tests/support/fleet.h"

namespace gannet::test {

/// One wave, nothing waits longer than it has to.
inline constexpr const char* kOneWave = "strategy: { watchdog: 60s }\n";

/// Everybody gets a try, whoever fails.
inline constexpr const char* kContinue =
    "strategy: { watchdog: 60s, max_failures: 100, on_failure: continue }\n";

/// A service "web" of one file, etc/app.conf, that is healthy as soon as the file is there.
[[nodiscard]] inline std::string web_service(const std::string& content,
                                             const std::string& more = {}) {
  return "services:\n  web:\n    files:\n      - content: \"" + content +
         "\\n\"\n        dest: \"{{var.root}}/etc/app.conf\"\n" + more +
         "    health: { checks: [ { file: \"{{var.root}}/etc/app.conf\" } ], stable_for: 50ms,"
         " timeout: 10s }\n";
}

/// A `before` hook that says it has begun (file "started") and waits for the file "go".
[[nodiscard]] inline std::string wait_for_go() {
  return "    before: { run: \"touch {{var.root}}/started; while [ ! -e {{var.root}}/go ]; do "
         "sleep 0.05; done\", timeout: 120s }\n";
}

/// The tree without the marks that hooks of these tests leave.
[[nodiscard]] inline std::map<std::string, std::string> deployed_tree(const FleetHost& host) {
  auto tree = host.tree();
  for (const char* mark : {"started", "go", "bad", "after.log"}) tree.erase(mark);
  return tree;
}

}  // namespace gannet::test
