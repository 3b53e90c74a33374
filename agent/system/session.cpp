#include "agent/system/session.h"

#include <algorithm>
#include <utility>

namespace gannet::agent {
namespace {

using protocol::FrameType;
using std::chrono::milliseconds;

constexpr std::size_t kMaxText = 64UL * 1024UL;  // bytes of an error's context or hint

bool is_data(const protocol::Frame& frame) {
  return frame.is(FrameType::kData) || frame.is(FrameType::kDataEnd);
}

std::size_t weight(const protocol::Frame& frame) {
  return frame.payload.size() + protocol::kHeaderSize;
}

}  // namespace

void Session::pump(milliseconds wait) {
  if (queued_bytes_ < kMaxBacklog) {
    pump_deep(wait);
  } else {
    link_.look_for_hangup();
  }
}

void Session::pump_deep(milliseconds wait) {
  accept_frames();
  // Before hello there is one request at a time: what follows may need the higher frame limit.
  if (!queue_.empty() && !open_) {
    link_.look_for_hangup();
    return;
  }
  if (queued_bytes_ >= kMaxDeepBacklog) {
    link_.abandon({Code::kFrameTooLarge, "too many requests wait behind an upload", ""});
    return;
  }
  link_.receive(wait);
  accept_frames();
}

void Session::accept_frames() {
  while (open_ || queue_.empty()) {
    auto frame = link_.next();
    if (!frame) return;
    if (answer_at_once(*frame)) continue;
    queued_bytes_ += weight(*frame);
    const auto now = std::chrono::floor<milliseconds>(clock_.wall());
    queue_.push_back(Received{std::move(*frame), now.time_since_epoch().count()});
  }
}

bool Session::answer_at_once(const protocol::Frame& frame) {
  if (!open_) return false;
  if (frame.is(FrameType::kCancel)) {
    cancelled_ = true;
    for (Received& waiting : queue_) waiting.cancelled = true;
  }
  if (!frame.is(FrameType::kCancel) && !frame.is(FrameType::kPing)) return false;
  (void)link_.send(FrameType::kReply, frame.request, {});
  return true;
}

void Session::open() {
  link_.handshake_done();
  open_ = true;
}

std::optional<Received> Session::take_request() {
  accept_frames();
  while (!queue_.empty()) {
    Received first = std::move(queue_.front());
    queue_.pop_front();
    queued_bytes_ -= weight(first.frame);
    if (!is_data(first.frame)) return first;
  }
  return std::nullopt;
}

std::optional<protocol::Frame> Session::take_data(std::uint32_t id) {
  const auto found = std::find_if(queue_.begin(), queue_.end(), [&](const Received& received) {
    return received.frame.request == id && is_data(received.frame);
  });
  if (found == queue_.end()) return std::nullopt;
  protocol::Frame frame = std::move(found->frame);
  queue_.erase(found);
  queued_bytes_ -= weight(frame);
  return frame;
}

void Session::reply(std::uint32_t id, std::span<const std::byte> payload) {
  auto sent = link_.send(FrameType::kReply, id, payload);
  if (!sent) error(id, sent.error());
}

void Session::error(std::uint32_t id, const Error& error) {
  protocol::ErrorMessage message = protocol::to_message(error);
  message.context.resize(std::min(message.context.size(), kMaxText));
  message.hint.resize(std::min(message.hint.size(), kMaxText));
  (void)link_.send(FrameType::kError, id, protocol::encode(message));
}

void Session::event(std::uint32_t id, const protocol::Event& event) {
  (void)link_.send(FrameType::kEvent, id, protocol::encode(event));
}

void Session::heartbeat(std::uint32_t id) {
  if (std::chrono::steady_clock::now() < link_.last_sent() + kHeartbeatEvery) return;
  (void)link_.send(FrameType::kHeartbeat, id, {});
}

int Session::wake_fd() const {
  const bool reads = queued_bytes_ < kMaxBacklog && (open_ || queue_.empty());
  return reads && !ended() ? link_.input_fd() : -1;
}

bool ServerProgress::stop_requested() {
  session_.pump(milliseconds(0));
  session_.heartbeat(id_);
  return session_.cancelled() || session_.ended();
}

}  // namespace gannet::agent
