// Colors and marks of text output. Plain when colors are off.
#pragma once

#include <string>
#include <string_view>

#include "controller/deploy/outcome.h"
#include "protocol/check.h"

namespace gannet::controller {

/// What a piece of text means; the color follows from it.
enum class Tone { kPlain, kStrong, kMuted, kGood, kNotice, kBad };

class Style {
 public:
  explicit Style(bool color) : color_(color) {}

  /// `text` in the color of `tone`, or as it is when colors are off.
  [[nodiscard]] std::string paint(Tone tone, std::string_view text) const;

 private:
  bool color_;
};

[[nodiscard]] Tone tone_of(Outcome outcome);
[[nodiscard]] Tone tone_of(protocol::Severity severity);

/// One character that stands for the outcome in live lines; ASCII unless `unicode`.
[[nodiscard]] std::string_view mark_of(Outcome outcome, bool unicode);

}  // namespace gannet::controller
