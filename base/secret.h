#pragma once

#include <string>
#include <string_view>

namespace gannet {

/// A value that must not be shown. It has no stream operator and no formatter, so logging one does
/// not compile; its bytes are wiped on destruction.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value);  ///< wipes its own copy of the argument
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other);
  Secret(Secret&& other) noexcept {
    value_.swap(other.value_);
    other.wipe();
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    wipe();
    value_.swap(other.value_);
    other.wipe();
    return *this;
  }
  ~Secret() { wipe(); }

  /// The value itself. Name of the call is long so that a reviewer sees it.
  [[nodiscard]] std::string_view reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }

 private:
  void wipe();

  std::string value_;
};

}  // namespace gannet
