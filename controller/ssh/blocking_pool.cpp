#include "controller/ssh/blocking_pool.h"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include <boost/asio/post.hpp>

namespace gannet::controller {

struct BlockingPool::Shared {
  struct Job {
    std::function<void()> work;
    std::function<void()> done;
  };

  explicit Shared(asio::any_io_executor loop) : executor(std::move(loop)) {}

  /// What every thread does; `self` keeps this alive after the pool is gone.
  static void serve(const std::shared_ptr<Shared>& self) {
    std::unique_lock lock(self->mutex);
    for (;;) {
      ++self->idle;
      self->wake.wait(lock, [&] { return self->closed || !self->queue.empty(); });
      --self->idle;
      if (self->closed) return;
      Job job = std::move(self->queue.front());
      self->queue.pop_front();
      lock.unlock();
      job.work();
      job.work = nullptr;
      lock.lock();
      // Under the lock: the loop cannot end between the question and the post.
      if (!self->closed) asio::post(self->executor, std::move(job.done));
    }
  }

  std::mutex mutex;
  std::condition_variable wake;
  std::deque<Job> queue;
  std::size_t idle = 0;
  std::size_t threads = 0;
  bool closed = false;
  asio::any_io_executor executor;
  std::size_t max_threads = 1;
};

BlockingPool::BlockingPool(asio::any_io_executor executor, std::size_t max_threads)
    : executor_(executor), shared_(std::make_shared<Shared>(std::move(executor))) {
  shared_->max_threads = max_threads;
}

BlockingPool::~BlockingPool() {
  const std::lock_guard lock(shared_->mutex);
  shared_->closed = true;
  shared_->queue.clear();
  // A thread that still works keeps Shared alive; it must not keep the loop's executor.
  shared_->executor = asio::any_io_executor();
  shared_->wake.notify_all();
}

void BlockingPool::submit(std::function<void()> work, std::function<void()> done) {
  const std::lock_guard lock(shared_->mutex);
  shared_->queue.push_back({std::move(work), std::move(done)});
  if (shared_->idle < shared_->queue.size() && shared_->threads < shared_->max_threads) {
    ++shared_->threads;
    std::thread([shared = shared_] { Shared::serve(shared); }).detach();
  }
  shared_->wake.notify_one();
}

}  // namespace gannet::controller
