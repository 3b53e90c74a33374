#include "controller/report/style.h"

namespace gannet::controller {

std::string Style::paint(Tone tone, std::string_view text) const {
  const auto code = [&]() -> std::string_view {
    switch (tone) {
      case Tone::kPlain:
        return "";
      case Tone::kStrong:
        return "1";
      case Tone::kMuted:
        return "2";
      case Tone::kGood:
        return "32";
      case Tone::kNotice:
        return "33";
      case Tone::kBad:
        return "31";
    }
    return "";
  }();
  if (!color_ || code.empty() || text.empty()) return std::string(text);
  std::string painted = "\x1b[";
  painted.append(code).append("m").append(text).append("\x1b[0m");
  return painted;
}

Tone tone_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDeployed:
      return Tone::kGood;
    case Outcome::kUnchanged:
      return Tone::kPlain;
    case Outcome::kRolledBack:
    case Outcome::kUnreachable:
    case Outcome::kSkipped:
      return Tone::kNotice;
    case Outcome::kFailed:
    case Outcome::kUnknown:
      return Tone::kBad;
  }
  return Tone::kPlain;
}

Tone tone_of(protocol::Severity severity) {
  switch (severity) {
    case protocol::Severity::kPass:
      return Tone::kGood;
    case protocol::Severity::kWarn:
      return Tone::kNotice;
    case protocol::Severity::kFail:
      return Tone::kBad;
  }
  return Tone::kPlain;
}

std::string_view mark_of(Outcome outcome, bool unicode) {
  switch (outcome) {
    case Outcome::kDeployed:
      return unicode ? "✓" : "+";
    case Outcome::kUnchanged:
      return "=";
    case Outcome::kRolledBack:
      return unicode ? "↩" : "<";
    case Outcome::kFailed:
      return unicode ? "✗" : "x";
    case Outcome::kUnreachable:
      return "!";
    case Outcome::kSkipped:
      return "-";
    case Outcome::kUnknown:
      return "?";
  }
  return "?";
}

}  // namespace gannet::controller
