// Threads for what cannot be done without blocking: name lookups, the user's agent, a prompt.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "controller/task.h"

namespace gannet::controller {

/// Runs functions on a few threads of its own, started when needed, and hands the results back to
/// the loop. The threads are never joined: a name lookup that hangs must not hold up the end of
/// the program. After destruction, results of what still runs are dropped.
class BlockingPool {
 public:
  /// `executor` of the io_context that must outlive this object.
  explicit BlockingPool(asio::any_io_executor executor, std::size_t max_threads = 8);
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;
  ~BlockingPool();

  [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }

  /// Runs `work` on a thread. nullopt when `deadline` passes first; `work` then runs on, so it
  /// must own what it uses. `work` must not throw.
  template <class T>
  [[nodiscard]] Task<std::optional<T>> run(std::function<T()> work, DeadlineTime deadline);

 private:
  struct Shared;

  /// Runs `work` on a thread, then `done` on the loop unless the pool is gone by then.
  void submit(std::function<void()> work, std::function<void()> done);

  asio::any_io_executor executor_;
  std::shared_ptr<Shared> shared_;
};

template <class T>
Task<std::optional<T>> BlockingPool::run(std::function<T()> work, DeadlineTime deadline) {
  struct Job {
    explicit Job(const asio::any_io_executor& executor) : timer(executor) {}
    asio::steady_timer timer;
    std::optional<T> result;
    bool done = false;
  };
  // `result` is written by the thread and read by the loop after `done`, which the loop itself
  // sets; the hand-over through the loop's queue orders the two.
  auto job = std::make_shared<Job>(executor_);
  std::weak_ptr<Job> waiting = job;
  auto result = std::make_shared<std::optional<T>>();
  submit([work = std::move(work), result] { *result = work(); },
         [waiting, result] {
           const auto still = waiting.lock();
           if (!still) return;
           still->result = std::move(*result);
           still->done = true;
           still->timer.cancel();
         });
  job->timer.expires_at(deadline);
  while (!job->done && std::chrono::steady_clock::now() < deadline) {
    boost::system::error_code ignored;
    co_await job->timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  co_return std::move(job->result);
}

}  // namespace gannet::controller
