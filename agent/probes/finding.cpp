#include "agent/probes/finding.h"

#include <algorithm>
#include <utility>

namespace gannet::agent {
namespace {

constexpr std::uint64_t kDefaultTimeoutMs = 5'000;
constexpr std::uint64_t kMaxTimeoutMs = 600'000;

protocol::Finding make(const protocol::Check& check, protocol::Severity severity,
                       std::string message, std::string hint) {
  protocol::Finding finding;
  finding.kind = check.kind;
  finding.name = check.name;
  finding.severity = severity;
  finding.message = std::move(message);
  finding.hint = std::move(hint);
  return finding;
}

}  // namespace

protocol::Finding pass(const protocol::Check& check, std::string message) {
  return make(check, protocol::Severity::kPass, std::move(message), {});
}

protocol::Finding miss(const protocol::Check& check, std::string message, std::string hint) {
  const auto severity = check.warn_only ? protocol::Severity::kWarn : protocol::Severity::kFail;
  return make(check, severity, std::move(message), std::move(hint));
}

protocol::Finding judge(const protocol::Check& check, bool missed, std::string message,
                        std::string hint) {
  return missed ? miss(check, std::move(message), std::move(hint))
                : pass(check, std::move(message));
}

protocol::Finding warn(const protocol::Check& check, std::string message, std::string hint) {
  return make(check, protocol::Severity::kWarn, std::move(message), std::move(hint));
}

void add_value(protocol::Finding& finding, std::string key, std::string value) {
  finding.values.emplace_back(std::move(key), std::move(value));
}

void add_value(protocol::Finding& finding, std::string key, std::uint64_t value) {
  finding.values.emplace_back(std::move(key), std::to_string(value));
}

std::string format_hundredths(std::uint64_t hundredths) {
  std::string text = std::to_string(hundredths / 100);
  const std::uint64_t rest = hundredths % 100;
  if (rest == 0) return text;
  text += rest < 10 ? ".0" : ".";
  text += std::to_string(rest);
  if (text.back() == '0') text.pop_back();
  return text;
}

std::chrono::milliseconds attempt_limit(const protocol::Check& check) {
  const std::uint64_t wanted = check.timeout_ms == 0 ? kDefaultTimeoutMs : check.timeout_ms;
  return std::chrono::milliseconds(std::min(wanted, kMaxTimeoutMs));
}

}  // namespace gannet::agent
