// The coroutine vocabulary of the controller. Rules for GCC 12: docs/coroutines.md.
#pragma once

#include <chrono>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/clock.h"
#include "base/result.h"

namespace gannet::controller {

namespace asio = boost::asio;

/// What every coroutine of ours returns. All run on the one io_context thread.
template <class T = void>
using Task = asio::awaitable<T>;

/// A point in time after which a wait gives up with Code::kTimeout. Every wait takes one.
using DeadlineTime = SteadyTime;

[[nodiscard]] inline DeadlineTime in(std::chrono::nanoseconds duration) {
  return std::chrono::steady_clock::now() +
         std::chrono::duration_cast<std::chrono::steady_clock::duration>(duration);
}

}  // namespace gannet::controller
