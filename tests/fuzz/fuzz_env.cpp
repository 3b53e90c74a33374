// The readers of env files: what Compose makes of one, and the editor that keeps all else as it is.
//
// Up to the first NUL: the file. Behind it: the value that is set, then unset.
#include <algorithm>
#include <string_view>

#include "playbooks/env_document.h"
#include "playbooks/env_file.h"
#include "tests/fuzz/check.h"

namespace gannet::fuzz {
namespace {

using namespace playbooks;

constexpr std::string_view kName = "GANNET_FUZZ";

/// Each entry is where it says, in file order.
void check_places(const EnvDocument& document) {
  std::size_t end = 0;
  for (const EnvEntry& entry : document.entries()) {
    require(entry.begin >= end && entry.key_at >= entry.begin);
    require(entry.value_begin >= entry.key_at + entry.key.size());
    require(entry.value_end >= entry.value_begin && entry.end >= entry.value_end);
    require(entry.end <= document.text().size());
    require(std::string_view(document.text()).substr(entry.key_at, entry.key.size()) == entry.key);
    require(document.find(entry.key) != nullptr);
    end = entry.end;
  }
}

void edit(EnvDocument document, const std::string& form) {
  const std::string before = document.text();
  const auto edited = document.set(std::string(kName), form, EnvReader::kCompose);
  if (!edited) {
    require(document.text() == before);
    return;
  }
  check_places(document);
  const EnvEntry* entry = document.find(kName);
  require(entry != nullptr && document.written(*entry) == form);
  require(document.unset(std::string(kName)).has_value());
  require(document.find(kName) == nullptr);
  check_places(document);
}

}  // namespace
}  // namespace gannet::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace gannet;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::string text(input.substr(0, input.find('\0')));
  const std::string form(input.substr(std::min(text.size() + 1, size)));
  const auto document = playbooks::EnvDocument::parse(text, "fuzz.env");
  const auto variables = playbooks::parse_env(text, "fuzz.env", {{"HOME", "/root"}});
  if (document) {
    fuzz::check_places(*document);
    fuzz::edit(*document, form);
  }
  // What is in force names the same variables for both.
  if (document && variables) {
    for (const auto& entry : document->entries()) fuzz::require(variables->contains(entry.key));
    for (const auto& [name, value] : *variables) fuzz::require(document->find(name) != nullptr);
  }
  return 0;
}
