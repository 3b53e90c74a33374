// The reader of systemd units and the rules on what it reads.
#include <algorithm>
#include <string_view>

#include "playbooks/validate/unit_reader.h"
#include "playbooks/validate/unit_rules.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gannet;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lines = static_cast<int>(std::ranges::count(text, '\n')) + 1;
  int before = 0;
  for (const auto& line : playbooks::read_unit(text)) {
    fuzz::require(line.line > before && line.line <= lines && line.column >= 1);
    before = line.line;
  }
  for (const bool drop_in : {false, true}) {
    for (const auto& problem : playbooks::check_unit(text, "u.service", "u.service", drop_in)) {
      fuzz::require(problem.from.line >= 1 && problem.from.line <= lines);
      fuzz::require(!problem.rule.empty() && !problem.message.empty());
    }
  }
  return 0;
}
