#include "controller/ssh/ssh_core.h"

#include <algorithm>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/text.h"

namespace gannet::controller {

/// Somebody who waits; lives in the frame of wait() and leaves the list when that frame goes.
struct SshCore::Waiter {
  explicit Waiter(SshCore& owner) : core(owner), timer(owner.executor_) {
    core.waiters_.push_back(this);
  }
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() { std::erase(core.waiters_, this); }

  SshCore& core;
  asio::steady_timer timer;
  bool woken = false;
};

SshCore::SshCore(asio::any_io_executor executor, SshSessionPtr session, UniqueFd socket)
    : executor_(std::move(executor)), session_(session.release(), SshFree()), watch_(executor_) {
  socket_t fd = socket.release();
  ssh_options_set(session_.get(), SSH_OPTIONS_FD, &fd);
  ssh_set_blocking(session_.get(), 0);
  ssh_set_counters(session_.get(), nullptr, &counter_);
  watch_.assign(fd);
}

SshCore::~SshCore() { close(); }

void SshCore::close() {
  if (!watch_.is_open()) return;
  // The watch goes first: once libssh has closed the descriptor, its number may be another's.
  const int fd = watch_.release();
  wake_all();
  if (lent_ || channels_ > 0) {
    // A borrower or a channel still uses libssh's objects: the last one frees them.
    ::shutdown(fd, SHUT_RDWR);
    return;
  }
  if (ssh_is_connected(session_.get()) != 0) {
    ssh_disconnect(session_.get());
  } else if (ssh_get_fd(session_.get()) == SSH_INVALID_SOCKET) {
    ::close(fd);  // libssh never got as far as taking it over
  }
}

std::shared_ptr<ssh_session_struct> SshCore::lend() {
  lent_ = true;
  return session_;
}

void SshCore::take_back() {
  lent_ = false;
  after_call(counter_.in_packets, true);
}

void SshCore::unwatch() {
  static_cast<void>(watch_.release());
  wake_all();
}

void SshCore::after_call(std::uint64_t packets_before, bool failed) {
  if (!watch_.is_open()) return;
  if (failed || counter_.in_packets != packets_before) wake_all();
  if (ssh_get_fd(session_.get()) == SSH_INVALID_SOCKET) return unwatch();
  arm();
}

void SshCore::arm() {
  if (waiters_.empty() || !watch_.is_open()) return;
  if (quick_ack_) {
    const int on = 1;
    ::setsockopt(watch_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  }
  arm_one(asio::posix::descriptor_base::wait_read, &SshCore::read_armed_);
  const bool wants_write = (ssh_get_poll_flags(session_.get()) & SSH_WRITE_PENDING) != 0;
  if (wants_write) arm_one(asio::posix::descriptor_base::wait_write, &SshCore::write_armed_);
}

void SshCore::arm_one(asio::posix::descriptor_base::wait_type what, bool SshCore::*armed) {
  if (this->*armed) return;
  this->*armed = true;
  watch_.async_wait(what, [weak = weak_from_this(), armed](const boost::system::error_code& error) {
    const auto self = weak.lock();
    if (!self) return;
    (*self).*armed = false;
    if (!error) self->wake_all();
  });
}

void SshCore::wake_all() {
  for (Waiter* waiter : waiters_) {
    waiter->woken = true;
    waiter->timer.cancel();
  }
}

Task<bool> SshCore::wait(DeadlineTime deadline) {
  if (std::chrono::steady_clock::now() >= deadline) co_return false;
  if (!watch_.is_open()) co_return true;  // the caller's next call will say what happened
  const auto self = shared_from_this();
  Waiter waiter(*this);
  waiter.timer.expires_at(deadline);
  arm();
  boost::system::error_code ignored;
  co_await waiter.timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  co_return waiter.woken;
}

Task<Result<>> SshCore::flush(DeadlineTime deadline) {
  for (;;) {
    const int rc = call([](ssh_session s) { return ssh_blocking_flush(s, 0); });
    if (rc == SSH_OK && is_open()) co_return Result<>();
    if (rc != SSH_AGAIN || !is_open()) co_return fail(lost("sending"));
    const bool in_time = co_await wait(deadline);
    if (!in_time) co_return fail(Code::kTimeout, "the host takes no more data");
  }
}

std::string SshCore::error_text() const {
  const char* text = ssh_get_error(session_.get());
  if (text == nullptr || *text == '\0') return "closed by the host";
  return printable(text);
}

Error SshCore::lost(std::string_view doing) const {
  return {Code::kDisconnected,
          "the connection was lost while " + std::string(doing) + ": " + error_text(), ""};
}

}  // namespace gannet::controller
