// Questions to the user, on the terminal itself: stdin and stdout may be anything.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace gannet::controller {

class Prompter {
 public:
  virtual ~Prompter() = default;

  /// False when there is nobody to ask.
  [[nodiscard]] virtual bool available() const = 0;
  /// True for "y" or "yes"; everything else, ^C and ^D too, is no.
  [[nodiscard]] virtual bool confirm(const std::string& question) = 0;
  /// Reads a line without showing it. Errors: kInvalidInput when there is no terminal,
  /// kInterrupted on ^C. May be called from any thread, one at a time.
  [[nodiscard]] virtual Result<Secret> ask_secret(const std::string& question) = 0;
};

/// Asks on /dev/tty.
class TerminalPrompter final : public Prompter {
 public:
  [[nodiscard]] bool available() const override;
  [[nodiscard]] bool confirm(const std::string& question) override;
  [[nodiscard]] Result<Secret> ask_secret(const std::string& question) override;
};

}  // namespace gannet::controller
