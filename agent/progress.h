// What long work on the host reports, and how it learns that nobody wants it any more.
#pragma once

#include <string_view>

#include "protocol/messages.h"

namespace gannet::agent {

/// Implemented by the server (frames to the controller) and by the watchdog (nothing).
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void event(const protocol::Event& event) = 0;

  /// Call at least every 200 ms while waiting. Sends heartbeats when due; returns true when the
  /// work must stop: the controller cancelled it or the link is gone. Once true, always true.
  [[nodiscard]] virtual bool stop_requested() = 0;

  void step(std::string_view service, std::string_view text) {
    protocol::Event step;
    step.kind = protocol::EventKind::kStep;
    step.service = service;
    step.text = text;
    event(step);
  }
};

/// For work that nobody watches.
class NoProgress final : public Progress {
 public:
  void event(const protocol::Event&) override {}
  [[nodiscard]] bool stop_requested() override { return false; }
};

}  // namespace gannet::agent
