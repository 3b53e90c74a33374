#include "controller/deploy/signal_watch.h"

#include <chrono>
#include <utility>

namespace gannet::controller {
namespace {

constexpr auto kSafeState = std::chrono::seconds(15);  // from the first ^C

volatile std::sig_atomic_t interrupted_flag = 0;

}  // namespace

SignalWatch::SignalWatch(boost::asio::io_context& io, Callbacks callbacks)
    : set_(io, SIGINT, SIGTERM), timer_(io), callbacks_(std::move(callbacks)) {
  wait();
}

void SignalWatch::wait() {
  set_.async_wait([this](boost::system::error_code ec, int) {
    if (ec) return;
    if (signalled_) {
      callbacks_.second();
    } else {
      signalled_ = true;
      timer_.expires_after(kSafeState);
      timer_.async_wait([this](boost::system::error_code cancelled) {
        if (!cancelled) callbacks_.late();
      });
      callbacks_.first();
    }
    wait();
  });
}

InterruptibleRead::InterruptibleRead() {
  interrupted_flag = 0;
  struct sigaction action {};
  action.sa_handler = [](int) { interrupted_flag = 1; };
  ::sigaction(SIGINT, &action, &before_);  // without SA_RESTART: read(2) gives EINTR
}

InterruptibleRead::~InterruptibleRead() { ::sigaction(SIGINT, &before_, nullptr); }

bool InterruptibleRead::interrupted() { return interrupted_flag != 0; }

}  // namespace gannet::controller
