// Reads JSON that programs print, as far as it takes to find something in it and to compare it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace gannet::agent {

/// Texts stay as they are written, escapes and all: what is compared comes from one program.
class JsonValue {
 public:
  /// Errors: kBadMessage, also for more than 100 values inside of each other.
  [[nodiscard]] static Result<JsonValue> parse(std::string_view text);

  /// The member of that name; nullptr: there is none, or this is no object.
  [[nodiscard]] const JsonValue* member(std::string_view name) const;
  /// members one inside of the other.
  [[nodiscard]] const JsonValue* at(std::initializer_list<std::string_view> names) const;
  /// Of an object, sorted by name.
  [[nodiscard]] const std::vector<std::pair<std::string, JsonValue>>& members() const {
    return members_;
  }
  /// Of an array.
  [[nodiscard]] const std::vector<JsonValue>& items() const { return items_; }
  /// Of a string, without its quotes; empty for everything else.
  [[nodiscard]] std::string_view string() const;
  [[nodiscard]] bool is_true() const { return scalar_ == "true"; }

  /// Two values are the same when these are: no spaces, members sorted by name.
  [[nodiscard]] std::string text() const;

 private:
  friend class JsonReader;
  enum class Kind : unsigned char { kScalar, kArray, kObject };

  void add_text(std::string& text) const;

  Kind kind_ = Kind::kScalar;
  std::string scalar_;  ///< a string with its quotes, a number, true, false or null
  std::vector<JsonValue> items_;
  std::vector<std::pair<std::string, JsonValue>> members_;
};

}  // namespace gannet::agent
