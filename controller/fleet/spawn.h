// How coroutines are started: through these, so that no exception is ever lost.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/cancellation_signal.hpp>

#include "base/error.h"
#include "controller/task.h"

namespace gannet::controller {

/// Told when a spawned task has ended; with kInternal naming the task when an exception left it.
using OnEnd = std::function<void(std::optional<Error>)>;

/// Runs `task` on `executor`. `name` says in error texts what it was.
/// `slot` may be connected to a signal, whose terminal emission ends the task with an exception at
/// its next wait; that is not an error. The signal must outlive the task.
void spawn(const asio::any_io_executor& executor, std::string name, Task<> task, OnEnd on_end,
           asio::cancellation_slot slot = {});

/// Lets coroutines wait for something that others bring about. One thread only; whoever waits
/// keeps the object alive.
class Wakeup {
 public:
  explicit Wakeup(asio::any_io_executor executor) : executor_(std::move(executor)) {}
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  /// True when notify_all() was called meanwhile, false when `deadline` passed first.
  [[nodiscard]] Task<bool> wait(DeadlineTime deadline);
  /// Wakes those who wait now; nothing is remembered for later.
  void notify_all();

 private:
  struct Waiter;

  asio::any_io_executor executor_;
  Waiter* first_ = nullptr;
};

/// Waits until `deadline`.
[[nodiscard]] Task<> sleep_until(asio::any_io_executor executor, DeadlineTime deadline);

/// Tasks that are started together and waited for together.
class TaskGroup {
 public:
  explicit TaskGroup(const asio::any_io_executor& executor);

  void spawn(std::string name, Task<> task);
  /// Asks all that run to end at their next wait.
  void cancel();
  /// Waits until all have ended; false when `deadline` passed first.
  [[nodiscard]] Task<bool> join(DeadlineTime deadline);

  [[nodiscard]] std::size_t running() const;
  /// The first exception that left a task.
  [[nodiscard]] const std::optional<Error>& error() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace gannet::controller
