#include "agent/system/frame_link.h"

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include <unistd.h>

#include "agent/system/posix.h"

namespace gannet::agent {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kLinkChunk = 64UL * 1024UL;  // bytes

}  // namespace

FrameLink::FrameLink(UniqueFd in, UniqueFd out, Limits limits)
    : in_(std::move(in)), out_(std::move(out)), limits_(limits) {
  // A terminal's flags are shared with the shell behind it: leave them alone.
  if (::isatty(out_.get()) == 0) (void)set_nonblocking(out_.get());
}

void FrameLink::abandon(Error why) {
  gone_ = true;
  if (!failure_) failure_ = std::move(why);
}

void FrameLink::send_raw(std::string_view bytes) { write_all(std::as_bytes(std::span(bytes))); }

Result<> FrameLink::send(protocol::FrameType type, std::uint32_t request,
                         std::span<const std::byte> payload) {
  if (gone_) return {};
  TRY(const auto frames, protocol::split_message(type, request, payload));
  for (const protocol::Bytes& frame : frames) write_all(frame);
  return {};
}

void FrameLink::write_all(std::span<const std::byte> bytes) {
  SteadyTime stalled_at = std::chrono::steady_clock::now() + limits_.stall;
  while (!bytes.empty() && !gone_) {
    const ssize_t put = ::write(out_.get(), bytes.data(), bytes.size());
    if (put > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(put));
      last_sent_ = std::chrono::steady_clock::now();
      stalled_at = last_sent_ + limits_.stall;
      continue;
    }
    if (put < 0 && errno != EAGAIN && errno != EINTR) {
      gone_ = true;  // EPIPE: the controller has left, which is no failure of ours
      return;
    }
    const milliseconds left = time_left(stalled_at, limits_.stall);
    if (left.count() == 0) {
      abandon({Code::kTimeout, "the controller reads nothing any more: output stalled", ""});
      return;
    }
    std::array<pollfd, 1> entry{pollfd{out_.get(), POLLOUT, 0}};
    poll_for(entry, left);
  }
}

void FrameLink::receive(milliseconds wait) {
  if (gone_ || failure_) return;
  std::array<pollfd, 1> entry{pollfd{in_.get(), POLLIN, 0}};
  poll_for(entry, wait);
  if (entry[0].revents == 0) return;
  static thread_local std::vector<std::byte> chunk(kLinkChunk);
  const ssize_t got = ::read(in_.get(), chunk.data(), chunk.size());
  if (got > 0) {
    decoder_.feed(std::span(chunk).first(static_cast<std::size_t>(got)));
    return;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  gone_ = true;
  read_all_ = true;
}

void FrameLink::look_for_hangup() {
  if (gone_) return;
  std::array<pollfd, 1> entry{pollfd{in_.get(), POLLRDHUP, 0}};
  poll_for(entry, milliseconds(0));
  if ((entry[0].revents & (POLLHUP | POLLRDHUP | POLLERR | POLLNVAL)) != 0) gone_ = true;
}

std::optional<protocol::Frame> FrameLink::next() {
  while (!failure_) {
    auto frame = decoder_.next();
    if (!frame) {
      failure_ = std::move(frame.error());
      break;
    }
    if (!*frame) break;
    auto message = assembler_.add(std::move(**frame));
    if (!message) {
      failure_ = std::move(message.error());
      break;
    }
    if (*message) return std::move(*message);
  }
  if (!failure_ && read_all_ && (decoder_.mid_frame() || assembler_.mid_message())) {
    failure_ = Error{Code::kBadFrame, "the input ended in the middle of a frame", ""};
  }
  return std::nullopt;
}

}  // namespace gannet::agent
