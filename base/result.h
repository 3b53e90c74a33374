#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

#include "base/error.h"

namespace gannet {

/// A value or an Error. Every function that returns one is [[nodiscard]].
template <class T = void>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(Error error) {
  return tl::unexpected<Error>(std::move(error));
}

[[nodiscard]] inline tl::unexpected<Error> fail(Code code, std::string context,
                                                std::string hint = {}) {
  return tl::unexpected<Error>(Error{code, std::move(context), std::move(hint)});
}

/// fail() with the text of `error_number` (an errno value) as the cause: "<what>: No such file".
[[nodiscard]] tl::unexpected<Error> fail_errno(Code code, std::string what, int error_number,
                                               std::string hint = {});

}  // namespace gannet

#define GANNET_CONCAT_(a, b) a##b
#define GANNET_CONCAT(a, b) GANNET_CONCAT_(a, b)

/// TRY(auto x, f()): declares x from the value of f(), or returns its error from this function.
#define TRY(declaration, expression)                                            \
  auto GANNET_CONCAT(result_, __LINE__) = (expression);                         \
  if (!GANNET_CONCAT(result_, __LINE__))                                        \
    return ::gannet::fail(std::move(GANNET_CONCAT(result_, __LINE__).error())); \
  declaration = std::move(*GANNET_CONCAT(result_, __LINE__))

/// TRY for a Result<void>.
#define TRY_VOID(expression) \
  if (auto result_ = (expression); !result_) return ::gannet::fail(std::move(result_.error()))

/// TRY inside a coroutine. `expression` may be one co_await (GCC 12 compiles this shape correctly).
#define CO_TRY(declaration, expression)                                            \
  auto GANNET_CONCAT(result_, __LINE__) = (expression);                            \
  if (!GANNET_CONCAT(result_, __LINE__))                                           \
    co_return ::gannet::fail(std::move(GANNET_CONCAT(result_, __LINE__).error())); \
  declaration = std::move(*GANNET_CONCAT(result_, __LINE__))

/// CO_TRY for a Result<void>.
#define CO_TRY_VOID(expression)                         \
  auto GANNET_CONCAT(result_, __LINE__) = (expression); \
  if (!GANNET_CONCAT(result_, __LINE__))                \
  co_return ::gannet::fail(std::move(GANNET_CONCAT(result_, __LINE__).error()))
