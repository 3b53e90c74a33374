#include "controller/ssh/local_transport.h"

#include <array>
#include <csignal>

#include <unistd.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "controller/ssh/local_process.h"
#include "controller/ssh/stderr_tail.h"

namespace gannet::controller {
namespace {

using Descriptor = asio::posix::stream_descriptor;
using boost::system::error_code;

/// Cancels what waits on a descriptor at a point in time.
class Cutoff {
 public:
  Cutoff(Descriptor& descriptor, DeadlineTime when)
      : state_(std::make_shared<State>(descriptor, when)) {
    state_->timer.async_wait([state = state_](const error_code& cancelled) {
      if (cancelled || state->done) return;
      state->expired = true;
      error_code ignored;
      state->descriptor.cancel(ignored);
    });
  }
  Cutoff(const Cutoff&) = delete;
  Cutoff& operator=(const Cutoff&) = delete;
  ~Cutoff() {
    state_->done = true;
    state_->timer.cancel();
  }
  [[nodiscard]] bool expired() const { return state_->expired; }

 private:
  struct State {
    State(Descriptor& d, DeadlineTime when) : descriptor(d), timer(d.get_executor(), when) {}
    Descriptor& descriptor;
    asio::steady_timer timer;
    bool expired = false;
    bool done = false;
  };
  std::shared_ptr<State> state_;
};

/// Shared with the handlers that collect stderr and the end of the process, which outlive the
/// channel if the process does.
struct Child {
  Child(const asio::any_io_executor& executor, LocalProcess started)
      : process(std::move(started)),
        in(executor, process.in.release()),
        out(executor, process.out.release()),
        err(executor, process.err.release()),
        life(executor, process.life.release()),
        changed(executor, DeadlineTime::max()) {}

  static void collect_stderr(const std::shared_ptr<Child>& self) {
    self->err.async_read_some(asio::buffer(self->chunk),
                              [self](const error_code& error, std::size_t size) {
                                if (error) return;
                                self->stderr_tail.add({self->chunk.data(), size});
                                self->changed.cancel();
                                collect_stderr(self);
                              });
  }

  static void collect_end(const std::shared_ptr<Child>& self) {
    self->life.async_wait(Descriptor::wait_read, [self](const error_code& error) {
      if (error) return;
      self->drain_stderr();
      self->exit = reap(self->process);
      self->changed.cancel();
    });
  }

  /// Takes what is in the pipe now, so that nobody who sees the end misses the last words.
  void drain_stderr() {
    if (!err.is_open()) return;
    std::array<char, 16384> last{};
    for (;;) {
      const ssize_t n = ::read(err.native_handle(), last.data(), last.size());
      if (n <= 0) return;
      stderr_tail.add({last.data(), static_cast<std::size_t>(n)});
    }
  }

  LocalProcess process;
  Descriptor in;
  Descriptor out;
  Descriptor err;
  Descriptor life;
  asio::steady_timer changed;  ///< cancelled when stderr or exit has something new
  StderrTail stderr_tail;
  std::optional<ExitStatus> exit;
  std::array<char, 16384> chunk{};
};

class LocalChannel final : public Channel {
 public:
  explicit LocalChannel(std::shared_ptr<Child> child) : child_(std::move(child)) {}
  LocalChannel(const LocalChannel&) = delete;
  LocalChannel& operator=(const LocalChannel&) = delete;
  ~LocalChannel() override {
    error_code ignored;
    child_->in.close(ignored);
    child_->out.close(ignored);
    child_->err.close(ignored);
  }

  [[nodiscard]] Task<Result<std::size_t>> read(std::span<std::byte> buffer,
                                               DeadlineTime deadline) override {
    const Cutoff cutoff(child_->out, deadline);
    error_code error;
    const std::size_t got =
        co_await child_->out.async_read_some(asio::buffer(buffer.data(), buffer.size()),
                                             asio::redirect_error(asio::use_awaitable, error));
    if (!error) co_return got;
    if (error == asio::error::eof) co_return 0;
    if (cutoff.expired()) co_return fail(Code::kTimeout, "the program sends nothing");
    co_return fail(Code::kDisconnected, "read from the program: " + error.message());
  }

  [[nodiscard]] Task<Result<>> write(std::span<const std::byte> bytes,
                                     DeadlineTime deadline) override {
    const Cutoff cutoff(child_->in, deadline);
    error_code error;
    co_await asio::async_write(child_->in, asio::buffer(bytes.data(), bytes.size()),
                               asio::redirect_error(asio::use_awaitable, error));
    if (!error) co_return Result<>();
    if (cutoff.expired()) co_return fail(Code::kTimeout, "the program takes no more data");
    co_return fail(Code::kDisconnected, "write to the program: " + error.message());
  }

  [[nodiscard]] Task<Result<>> write_eof(DeadlineTime /*deadline*/) override {
    error_code ignored;
    child_->in.close(ignored);
    co_return Result<>();
  }

  [[nodiscard]] std::string take_stderr() override { return child_->stderr_tail.take(); }

  [[nodiscard]] Task<Result<>> wait_stderr(DeadlineTime deadline) override {
    while (child_->stderr_tail.empty() && !child_->exit) {
      const bool in_time = co_await wait_for_change(deadline);
      if (!in_time) break;
    }
    co_return Result<>();
  }

  [[nodiscard]] Task<Result<ExitStatus>> wait_exit(DeadlineTime deadline) override {
    while (!child_->exit) {
      const bool in_time = co_await wait_for_change(deadline);
      if (!in_time) co_return fail(Code::kTimeout, "the program does not end");
    }
    co_return *child_->exit;
  }

 private:
  /// False when the deadline passed.
  [[nodiscard]] Task<bool> wait_for_change(DeadlineTime deadline) {
    if (std::chrono::steady_clock::now() >= deadline) co_return false;
    // One timer for the deadline and one that changes cancel: whoever is first ends both.
    const auto child = child_;
    asio::steady_timer limit(child->changed.get_executor(), deadline);
    const auto expired = std::make_shared<bool>(false);  // the handler may outlive this frame
    limit.async_wait([expired, child](const error_code& cancelled) {
      if (cancelled) return;
      *expired = true;
      child->changed.cancel();
    });
    error_code ignored;
    co_await child->changed.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    co_return !*expired;
  }

  std::shared_ptr<Child> child_;
};

class LocalSession final : public Session {
 public:
  explicit LocalSession(LocalTransportOptions options) : options_(std::move(options)) {}

  [[nodiscard]] Task<Result<std::unique_ptr<Channel>>> exec(std::string command,
                                                            DeadlineTime /*deadline*/) override {
    const auto executor = co_await asio::this_coro::executor;
    CO_TRY(LocalProcess process, spawn_shell(command, options_.environment));
    auto child = std::make_shared<Child>(executor, std::move(process));
    Child::collect_stderr(child);
    Child::collect_end(child);
    std::unique_ptr<Channel> channel = std::make_unique<LocalChannel>(std::move(child));
    co_return channel;
  }

 private:
  LocalTransportOptions options_;
};

}  // namespace

Task<Result<std::unique_ptr<Session>>> LocalTransport::connect(Target /*target*/,
                                                               ConnectTimeouts /*timeouts*/) {
  ::signal(SIGPIPE, SIG_IGN);  // a program that ends early must not end this one
  std::unique_ptr<Session> session = std::make_unique<LocalSession>(options_);
  co_return session;
}

}  // namespace gannet::controller
