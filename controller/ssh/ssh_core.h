// One libssh session on the loop: the only place that waits for its socket.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include "base/result.h"
#include "base/unique_fd.h"
#include "controller/task.h"

namespace gannet::controller {

struct SshFree {
  void operator()(ssh_session session) const { ssh_free(session); }
  void operator()(ssh_key key) const { ssh_key_free(key); }
};
using SshSessionPtr = std::unique_ptr<ssh_session_struct, SshFree>;
using SshKeyPtr = std::unique_ptr<ssh_key_struct, SshFree>;

/// A libssh session in non-blocking mode, and everybody who waits for it.
///
/// The pattern of every operation: call() libssh until it no longer says "again", wait() in
/// between. Any call may read packets that are meant for another waiter (libssh keeps them in
/// buffers that epoll cannot see), so whoever made libssh take a packet in wakes all the others,
/// and each tries its own call again. Between a call that said "again" and wait() nothing else may
/// be awaited: then no wake-up is lost.
///
/// Owned by shared_ptr: the session object and each channel hold one.
class SshCore : public std::enable_shared_from_this<SshCore> {
 public:
  /// Takes the connected, non-blocking socket. Options of `session` must be set by then.
  SshCore(asio::any_io_executor executor, SshSessionPtr session, UniqueFd socket);
  SshCore(const SshCore&) = delete;
  SshCore& operator=(const SshCore&) = delete;
  ~SshCore();

  /// Runs one libssh function and returns what it returned.
  template <class F>
  auto call(F&& function) {
    const auto packets_before = counter_.in_packets;
    const auto result = function(session_.get());
    bool failed = false;
    if constexpr (std::is_same_v<decltype(result), const int>) failed = result == SSH_ERROR;
    after_call(packets_before, failed);
    return result;
  }

  /// Waits until something may have changed; false when `deadline` passed instead.
  [[nodiscard]] Task<bool> wait(DeadlineTime deadline);

  /// Waits until all that libssh has to send is with the kernel. Errors: kTimeout, kDisconnected.
  [[nodiscard]] Task<Result<>> flush(DeadlineTime deadline);

  /// Ends the connection without waiting; wakes everybody.
  void close();
  [[nodiscard]] bool is_open() const { return watch_.is_open(); }

  /// Asks for immediate ACKs while a handshake goes back and forth: without them each step waits
  /// for the kernel's delayed ACK timer (measured: 70 ms a login against 21).
  void set_quick_ack(bool on) { quick_ack_ = on; }

  /// Lends the session to a helper thread for one call that may block; until take_back() nothing
  /// here touches it. If everything ends meanwhile, the borrower is the one who frees it.
  [[nodiscard]] std::shared_ptr<ssh_session_struct> lend();
  void take_back();

  /// Channels that exist; while there are any, close() leaves libssh's objects alone.
  void add_channel() { ++channels_; }
  void remove_channel() { --channels_; }

  [[nodiscard]] ssh_session raw() const { return session_.get(); }
  [[nodiscard]] const asio::any_io_executor& executor() const { return executor_; }

  /// What libssh says went wrong, cleaned for a terminal; never empty.
  [[nodiscard]] std::string error_text() const;
  /// kDisconnected, "the connection was lost while <doing>: <libssh's text>".
  [[nodiscard]] Error lost(std::string_view doing) const;

 private:
  struct Waiter;

  void after_call(std::uint64_t packets_before, bool failed);
  void arm();
  void arm_one(asio::posix::descriptor_base::wait_type what, bool SshCore::*armed);
  void wake_all();
  void unwatch();

  asio::any_io_executor executor_;
  std::shared_ptr<ssh_session_struct> session_;
  asio::posix::stream_descriptor watch_;  ///< libssh's descriptor, which libssh closes
  ssh_counter_struct counter_{};
  std::vector<Waiter*> waiters_;
  bool read_armed_ = false;
  bool write_armed_ = false;
  bool quick_ack_ = false;
  bool lent_ = false;
  int channels_ = 0;
};

}  // namespace gannet::controller
