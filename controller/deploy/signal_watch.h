// SIGINT and SIGTERM while a command runs.
#pragma once

#include <csignal>
#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

namespace gannet::controller {

/// Waits for signals while it lives. The first one gives the hosts 15 s to get into a safe state.
class SignalWatch {
 public:
  struct Callbacks {
    std::function<void()> first;
    std::function<void()> second;  ///< any further signal
    std::function<void()> late;    ///< the 15 s are over
  };
  SignalWatch(boost::asio::io_context& io, Callbacks callbacks);

 private:
  void wait();

  boost::asio::signal_set set_;
  boost::asio::steady_timer timer_;
  Callbacks callbacks_;
  bool signalled_ = false;
};

/// Makes a blocking read(2) return when SIGINT comes, and remembers that it did: while the user is
/// asked something. One at a time, and no SignalWatch beside it.
class InterruptibleRead {
 public:
  InterruptibleRead();
  InterruptibleRead(const InterruptibleRead&) = delete;
  InterruptibleRead& operator=(const InterruptibleRead&) = delete;
  ~InterruptibleRead();

  [[nodiscard]] static bool interrupted();

 private:
  struct sigaction before_ {};
};

}  // namespace gannet::controller
