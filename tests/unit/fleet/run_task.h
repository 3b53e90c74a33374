// Runs one coroutine to its end.
#pragma once

#include <optional>
#include <stdexcept>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "controller/fleet/spawn.h"
#include "controller/task.h"

namespace gannet::controller {

/// Runs `task` on `io` until it is done; fails the test when an exception leaves it.
inline void run_task(asio::io_context& io, Task<> task) {
  bool done = false;
  spawn(io.get_executor(), "test", std::move(task), [&](std::optional<Error> error) {
    if (error) ADD_FAILURE() << error->context;
    done = true;
    io.stop();
  });
  io.restart();
  io.run_for(std::chrono::seconds(30));
  EXPECT_TRUE(done) << "the task did not end";
}

template <class T>
Task<> assign(std::optional<T>* result, Task<T> task) {
  T value = co_await std::move(task);
  result->emplace(std::move(value));
}

/// The value of `task`.
template <class T>
T run_value(asio::io_context& io, Task<T> task) {
  std::optional<T> result;
  run_task(io, assign(&result, std::move(task)));
  if (!result) throw std::runtime_error("the task did not end");
  return std::move(*result);
}

}  // namespace gannet::controller
