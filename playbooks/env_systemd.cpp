#include "playbooks/env_systemd.h"

#include <algorithm>

namespace gannet::playbooks {
namespace {

bool ends_line(char c) { return c == '\n' || c == '\r'; }

bool is_white(char c) { return c == ' ' || c == '\t' || ends_line(c); }

/// systemd drops a variable whose value holds one of these.
bool is_control(char c) {
  const auto code = static_cast<unsigned char>(c);
  return (code < 0x20U && c != '\t' && c != '\n') || code == 0x7FU;
}

class SystemdEnvParser {
 public:
  SystemdEnv parse(std::string_view text) {
    for (const char c : text) {
      step(c);
      if (c == '\n') ++line_;
    }
    if (state_ != State::kBeforeKey && state_ != State::kKey && state_ != State::kComment &&
        state_ != State::kCommentEscape)
      push();
    return std::move(found_);
  }

 private:
  enum class State {
    kBeforeKey,
    kKey,
    kBeforeValue,
    kValue,
    kValueEscape,
    kSingle,
    kDouble,
    kDoubleEscape,
    kComment,
    kCommentEscape,
  };

  void step(char c) {
    switch (state_) {
      case State::kBeforeKey:
      case State::kKey:
        return in_key(c);
      case State::kBeforeValue:
      case State::kValue:
      case State::kValueEscape:
        return in_value(c);
      case State::kSingle:
      case State::kDouble:
      case State::kDoubleEscape:
        return in_quotes(c);
      case State::kComment:
        if (c == '\\') state_ = State::kCommentEscape;
        if (ends_line(c)) state_ = State::kBeforeKey;
        return;
      case State::kCommentEscape:  // a comment that ends with "\" swallows the next line
        state_ = State::kComment;
        return;
    }
  }

  void in_key(char c) {
    if (state_ == State::kBeforeKey) {
      if (is_white(c)) return;
      key_.assign(1, c);
      state_ = c == '#' || c == ';' ? State::kComment : State::kKey;
    } else if (ends_line(c)) {
      state_ = State::kBeforeKey;
    } else if (c == '=') {
      while (!key_.empty() && is_white(key_.back())) key_.pop_back();
      value_.clear();
      kept_ = 0;
      state_ = State::kBeforeValue;
    } else {
      key_ += c;
    }
  }

  void in_value(char c) {
    if (state_ == State::kValueEscape) {
      state_ = State::kValue;
      if (!ends_line(c)) value_ += c;
      kept_ = value_.size();
    } else if (ends_line(c)) {
      push();
      state_ = State::kBeforeKey;
    } else if (c == '\\') {
      kept_ = value_.size();
      state_ = State::kValueEscape;
    } else if (state_ == State::kBeforeValue) {
      before_value(c);
    } else {
      value_ += c;
      if (!is_white(c)) kept_ = value_.size();
    }
  }

  void before_value(char c) {
    if (c == '\'') {
      state_ = State::kSingle;
    } else if (c == '"') {
      state_ = State::kDouble;
    } else if (!is_white(c)) {
      value_ += c;
      kept_ = value_.size();
      state_ = State::kValue;
    }
  }

  void in_quotes(char c) {
    constexpr std::string_view kEscaped = "\"\\`$";
    if (state_ == State::kDoubleEscape) {
      if (kEscaped.find(c) == std::string_view::npos && c != '\n') value_ += '\\';
      if (c != '\n') value_ += c;
      state_ = State::kDouble;
    } else if (c == (state_ == State::kSingle ? '\'' : '"')) {
      state_ = State::kBeforeValue;
    } else if (c == '\\' && state_ == State::kDouble) {
      state_ = State::kDoubleEscape;
    } else {
      value_ += c;
    }
    kept_ = value_.size();
  }

  /// The assignment is complete. Blanks at the end of an unquoted value are not part of it.
  void push() {
    value_.resize(kept_);
    const bool good = is_variable_name(key_) && std::ranges::none_of(value_, is_control);
    if (good)
      found_.variables[key_] = value_;
    else
      found_.ignored.push_back({key_, line_});
  }

  State state_ = State::kBeforeKey;
  std::string key_, value_;
  std::size_t kept_ = 0;  ///< bytes of value_ up to the last that is no blank
  int line_ = 1;
  SystemdEnv found_;
};

}  // namespace

SystemdEnv parse_systemd_env(std::string_view text) { return SystemdEnvParser().parse(text); }

bool is_variable_name(std::string_view name) {
  const auto word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && !(name.front() >= '0' && name.front() <= '9') &&
         std::ranges::all_of(name, word);
}

}  // namespace gannet::playbooks
