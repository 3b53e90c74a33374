// The user's wish to stop, as tasks see it.
#pragma once

#include <functional>
#include <list>
#include <memory>

namespace gannet::controller {

/// Set once, never taken back. One thread only.
class Interrupt {
 public:
  using Callback = std::function<void()>;

  Interrupt() = default;
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;

  [[nodiscard]] bool requested() const { return requested_; }

  /// Sets it and calls everyone who asked to be told, once.
  void request();

  /// Keeps a callback registered while it lives.
  using Registration = std::shared_ptr<Callback>;
  /// `callback` runs inside request(). Not when it was requested before: ask requested() first.
  [[nodiscard]] Registration on_request(Callback callback);

 private:
  bool requested_ = false;
  std::list<std::weak_ptr<Callback>> callbacks_;
};

}  // namespace gannet::controller
