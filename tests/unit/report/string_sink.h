#pragma once

#include <string>

#include "controller/report/reporter.h"

namespace gannet::controller {

/// Keeps what a reporter writes.
class StringSink final : public Sink {
 public:
  void out(std::string_view text) override { out_text += text; }
  void err(std::string_view text) override { err_text += text; }
  [[nodiscard]] Size size() const override { return terminal; }

  std::string out_text, err_text;
  Size terminal{24, 80};
};

}  // namespace gannet::controller
