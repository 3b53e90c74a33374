// The queue of requests behind a link: what may wait, and what is answered at once.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>

#include "agent/progress.h"
#include "agent/system/frame_link.h"
#include "base/clock.h"
#include "base/result.h"
#include "protocol/frame.h"
#include "protocol/messages.h"

namespace gannet::agent {

/// A frame and the host's wall clock when it arrived.
struct Received {
  protocol::Frame frame;
  std::int64_t at_ms = 0;  ///< UTC, milliseconds since 1970
  bool cancelled = false;  ///< a kCancel came after it, before it was begun
};

/// Requests queue while one runs; kPing and kCancel are answered as soon as they are seen.
class Session {
 public:
  Session(FrameLink& link, Clock& clock) : link_(link), clock_(clock) {}

  /// Takes in what has arrived, waiting at most `wait`. Reads nothing while more than
  /// kMaxBacklog bytes are queued, but still notices the end of the input.
  void pump(std::chrono::milliseconds wait);
  /// The same without that limit: for whoever waits for data that may stand behind the backlog.
  void pump_deep(std::chrono::milliseconds wait);

  /// The next request. Data that belongs to no running request is dropped on the way.
  [[nodiscard]] std::optional<Received> take_request();
  /// The next kData or kDataEnd of request `id`.
  [[nodiscard]] std::optional<protocol::Frame> take_data(std::uint32_t id);

  void begin() { cancelled_ = false; }  ///< another request runs from now on
  [[nodiscard]] bool cancelled() const { return cancelled_; }
  /// Nobody listens any more.
  [[nodiscard]] bool ended() const { return link_.gone() || link_.failure().has_value(); }
  /// More frames may be decoded: hello was good.
  void open();
  [[nodiscard]] bool is_open() const { return open_; }

  void reply(std::uint32_t id, std::span<const std::byte> payload);
  void error(std::uint32_t id, const Error& error);
  void event(std::uint32_t id, const protocol::Event& event);
  /// Sends a heartbeat for request `id` when nothing was sent for kHeartbeatEvery.
  void heartbeat(std::uint32_t id);

  /// Descriptor to wait on for news; -1 while nothing would be read from it.
  [[nodiscard]] int wake_fd() const;

  static constexpr std::size_t kMaxBacklog = 4UL * 1024UL * 1024UL;        // bytes
  static constexpr std::size_t kMaxDeepBacklog = 128UL * 1024UL * 1024UL;  // bytes
  static constexpr std::chrono::milliseconds kHeartbeatEvery{1'000};

 private:
  void accept_frames();
  [[nodiscard]] bool answer_at_once(const protocol::Frame& frame);

  FrameLink& link_;
  Clock& clock_;
  std::deque<Received> queue_;
  std::size_t queued_bytes_ = 0;
  bool open_ = false;
  bool cancelled_ = false;
};

/// Progress of one request.
class ServerProgress final : public Progress {
 public:
  ServerProgress(Session& session, std::uint32_t id) : session_(session), id_(id) {}
  void event(const protocol::Event& event) override { session_.event(id_, event); }
  [[nodiscard]] bool stop_requested() override;

 private:
  Session& session_;
  std::uint32_t id_;
};

}  // namespace gannet::agent
