#include "controller/fleet/spawn.h"

#include <exception>
#include <list>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace gannet::controller {
namespace {

/// What `exception` says, or nothing when the task ended because it was cancelled.
std::optional<Error> describe(const std::string& name, const std::exception_ptr& exception) {
  if (!exception) return std::nullopt;
  try {
    std::rethrow_exception(exception);
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) return std::nullopt;
    return Error{Code::kInternal, name + ": " + error.what(), "please report this"};
  } catch (const std::exception& error) {
    return Error{Code::kInternal, name + ": " + error.what(), "please report this"};
  } catch (...) {
    return Error{Code::kInternal, name + ": unknown exception", "please report this"};
  }
}

/// Runs the task so that its end is quiet: Asio's own last step is an await, too, and throws where
/// nobody catches when a task was cancelled and has never waited.
Task<> contained(Task<> task) {
  std::exception_ptr failure;
  try {
    co_await std::move(task);
  } catch (...) {
    failure = std::current_exception();
  }
  co_await asio::this_coro::throw_if_cancelled(false);
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

void spawn(const asio::any_io_executor& executor, std::string name, Task<> task, OnEnd on_end,
           asio::cancellation_slot slot) {
  auto completed = [name = std::move(name), on_end = std::move(on_end)](
                       const std::exception_ptr& exception) { on_end(describe(name, exception)); };
  asio::co_spawn(executor, contained(std::move(task)),
                 asio::bind_cancellation_slot(slot, std::move(completed)));
}

/// Lives in the frame of a wait(), in a list that begins at Wakeup::first_.
struct Wakeup::Waiter {
  explicit Waiter(Wakeup& owner) : timer(owner.executor_), next(owner.first_), link(&owner.first_) {
    if (next != nullptr) next->link = &next;
    owner.first_ = this;
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() { leave(); }

  void leave() {
    if (link == nullptr) return;
    *link = next;
    if (next != nullptr) next->link = link;
    link = nullptr;
    next = nullptr;
  }

  asio::steady_timer timer;
  Waiter* next;
  Waiter** link;  ///< what points at this waiter; null when it left the list
  bool notified = false;
};

Task<bool> Wakeup::wait(DeadlineTime deadline) {
  Waiter waiter(*this);
  waiter.timer.expires_at(deadline);
  boost::system::error_code ec;
  co_await waiter.timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
  co_return waiter.notified;
}

void Wakeup::notify_all() {
  while (first_ != nullptr) {
    Waiter* waiter = first_;
    waiter->leave();
    waiter->notified = true;
    waiter->timer.cancel();
  }
}

Task<> sleep_until(asio::any_io_executor executor, DeadlineTime deadline) {
  asio::steady_timer timer(executor);
  timer.expires_at(deadline);
  boost::system::error_code ec;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
}

struct TaskGroup::State {
  explicit State(const asio::any_io_executor& ex) : executor(ex), ended(ex) {}

  asio::any_io_executor executor;
  Wakeup ended;
  /// One for each task started; kept to the end, because a slot may still point at it.
  std::list<asio::cancellation_signal> signals;
  std::size_t running = 0;
  std::optional<Error> error;
};

TaskGroup::TaskGroup(const asio::any_io_executor& executor)
    : state_(std::make_shared<State>(executor)) {}

void TaskGroup::spawn(std::string name, Task<> task) {
  auto& signal = state_->signals.emplace_back();
  ++state_->running;
  auto on_end = [state = state_](std::optional<Error> error) {
    --state->running;
    if (error && !state->error) state->error = std::move(error);
    state->ended.notify_all();
  };
  controller::spawn(state_->executor, std::move(name), std::move(task), std::move(on_end),
                    signal.slot());
}

void TaskGroup::cancel() {
  // Asio relays an emission with a bare pointer into the signal, at once on the loop's thread and
  // later elsewhere: so do it there, holding the signals.
  asio::dispatch(state_->executor, [state = state_] {
    for (auto& signal : state->signals) signal.emit(asio::cancellation_type::terminal);
  });
}

Task<bool> TaskGroup::join(DeadlineTime deadline) {
  const auto state = state_;
  while (state->running > 0) {
    const bool woken = co_await state->ended.wait(deadline);
    if (!woken && std::chrono::steady_clock::now() >= deadline) break;
  }
  co_return state->running == 0;
}

std::size_t TaskGroup::running() const { return state_->running; }

const std::optional<Error>& TaskGroup::error() const { return state_->error; }

}  // namespace gannet::controller
