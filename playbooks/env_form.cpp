#include "playbooks/env_form.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "inventory/yaml_node.h"
#include "playbooks/env_file.h"
#include "playbooks/env_systemd.h"

namespace gannet::playbooks {
namespace {

/// Characters that mean nothing to either program and to no shell, wherever they stand.
bool is_harmless(char c) {
  constexpr std::string_view kHarmless = "_-./:@%+,=";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kHarmless.find(c) != std::string_view::npos;
}

std::string in_double_quotes(const std::string& value, EnvReader reader) {
  std::string form = "\"";
  for (const char c : value) {
    constexpr std::string_view kControls = "\a\b\f\r\v";
    constexpr std::string_view kLetters = "abfrv";
    const auto control = kControls.find(c);
    if (control != std::string_view::npos && reader == EnvReader::kCompose) {
      form += '\\';
      form += kLetters[control];
      continue;
    }
    if (c == '"' || c == '\\' || c == '$') form += '\\';
    form += c;
  }
  return form + '"';
}

std::optional<std::string> compose_reads(const std::string& key, const std::string& form) {
  const auto read = parse_env(key + "=" + form + "\n", "value");
  if (!read || read->size() != 1) return std::nullopt;
  const auto found = read->find(key);
  return found == read->end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string> systemd_reads(const std::string& key, const std::string& form) {
  const auto read = parse_systemd_env(key + "=" + form + "\n");
  const auto found = read.variables.find(key);
  if (read.variables.size() != 1 || found == read.variables.end()) return std::nullopt;
  return found->second;
}

bool reads_as(const std::string& key, const std::string& form, const std::string& value,
              EnvReader reader) {
  return (reader == EnvReader::kSystemd || compose_reads(key, form) == value) &&
         (reader == EnvReader::kCompose || systemd_reads(key, form) == value);
}

}  // namespace

Result<> check_env_key(const std::string& key, EnvReader reader) {
  const auto shown = "\"" + printable(key) + "\"";
  const bool compose = !key.empty() && std::ranges::all_of(key, [](char c) {
    return is_variable_name(std::string(1, c)) || (c >= '0' && c <= '9') || c == '.' || c == '-';
  });
  if (!compose)
    return fail(Code::kInvalidInput, shown + " cannot be the name of a variable",
                "use letters, digits and \"_\", no digit first");
  if (reader == EnvReader::kCompose || is_variable_name(key)) return {};
  return fail(Code::kInvalidInput, "systemd would ignore a variable called " + shown,
              reader == EnvReader::kBoth
                  ? "use letters, digits and \"_\", no digit first; or add --for compose"
                  : "use letters, digits and \"_\", no digit first");
}

Result<std::string> env_form(const std::string& key, const std::string& value, EnvReader reader) {
  TRY_VOID(check_env_key(key, reader));
  if (std::ranges::all_of(value, is_harmless)) return value;
  for (auto form : {"'" + value + "'", in_double_quotes(value, reader)})
    if (reads_as(key, form, value, reader)) return form;
  if (inventory::find_bad_byte(value) &&
      reads_as(key, "'" + value + "'", value, EnvReader::kSystemd))
    return fail(Code::kInvalidInput, key + ": the value is not UTF-8 text",
                "encode it, for example with base64");
  const bool compose_could =
      reads_as(key, in_double_quotes(value, EnvReader::kCompose), value, EnvReader::kCompose);
  if (compose_could)
    return fail(Code::kInvalidInput, key + ": systemd ignores values with control characters",
                reader == EnvReader::kBoth ? "if only Compose reads the file, add --for compose"
                                           : "encode the value, for example with base64");
  return fail(Code::kInvalidInput, key + ": the value cannot be written into an env file",
              "values are UTF-8 text without NUL; encode it, for example with base64");
}

Result<> check_env_form(const std::string& key, const std::string& form, EnvReader reader) {
  TRY_VOID(check_env_key(key, reader));
  const auto document = EnvDocument::parse(key + "=" + form + "\n", "the value");
  const bool one = document && document->entries().size() == 1 &&
                   document->entries().front().comment == 0 &&
                   document->written(document->entries().front()) == form;
  if (!one && reader != EnvReader::kSystemd)
    return fail(Code::kInvalidInput, key + ": what --raw gives is not one value",
                "leave out --raw, and gannet quotes it");
  if (reader == EnvReader::kCompose) return {};
  const auto systemd = systemd_reads(key, form);
  if (!systemd)
    return fail(Code::kInvalidInput, key + ": systemd would not take this value",
                reader == EnvReader::kBoth ? "if only Compose reads the file, add --for compose"
                                           : "leave out --raw, and gannet quotes it");
  if (reader == EnvReader::kSystemd || compose_reads(key, form) == systemd) return {};
  return fail(Code::kInvalidInput,
              key + ": Compose and systemd would read different values from this",
              "leave out --raw, and gannet quotes it; or say who reads the file: "
              "--for compose or --for systemd");
}

}  // namespace gannet::playbooks
