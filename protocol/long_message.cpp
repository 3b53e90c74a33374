#include "protocol/long_message.h"

#include <algorithm>
#include <string>
#include <utility>

namespace gannet::protocol {
namespace {

tl::unexpected<Error> too_large(std::uint32_t request, std::size_t size, std::size_t limit) {
  return fail(Code::kFrameTooLarge, "message of request " + std::to_string(request) + " has " +
                                        std::to_string(size) + " bytes or more, at most " +
                                        std::to_string(limit) + " are allowed");
}

tl::unexpected<Error> mixed(std::uint32_t request, std::string_view what) {
  return fail(Code::kBadMessage,
              "long message of request " + std::to_string(request) + ": " + std::string(what));
}

}  // namespace

bool may_be_long(FrameType type) {
  return type == FrameType::kPrepare || type == FrameType::kApply || type == FrameType::kReply;
}

Result<std::vector<Bytes>> split_message(FrameType type, std::uint32_t request,
                                         std::span<const std::byte> payload) {
  const std::size_t limit = may_be_long(type) ? kMaxLongMessage : kMaxPayload;
  if (payload.size() > limit) return too_large(request, payload.size(), limit);
  std::vector<Bytes> frames;
  while (payload.size() > kMaxPayload) {
    frames.push_back(encode_frame(FrameType::kData, request, payload.first(kMaxPayload)));
    payload = payload.subspan(kMaxPayload);
  }
  frames.push_back(encode_frame(type, request, payload));
  return frames;
}

bool MessageAssembler::is_part(const Frame& frame) const {
  if (!frame.is(FrameType::kData)) return false;
  return direction_ == Direction::kToController || frame.request == open_ ||
         frame.request > highest_;
}

Result<> MessageAssembler::append(const Frame& frame) {
  if (parts_.size() + frame.payload.size() > kMaxLongMessage) {
    return too_large(frame.request, parts_.size() + frame.payload.size(), kMaxLongMessage);
  }
  parts_.insert(parts_.end(), frame.payload.begin(), frame.payload.end());
  return {};
}

Result<std::optional<Frame>> MessageAssembler::add(Frame frame) {
  if (is_part(frame)) {
    if (frame.request == 0) return mixed(0, "0 is not a request");
    if (open_ != 0 && open_ != frame.request) {
      return mixed(open_, "a part of request " + std::to_string(frame.request) + " came between");
    }
    open_ = frame.request;
    TRY_VOID(append(frame));
    return std::nullopt;
  }
  if (!frame.is(FrameType::kData) && !frame.is(FrameType::kDataEnd)) {
    highest_ = std::max(highest_, frame.request);
  }
  if (open_ == 0 || frame.request != open_) return frame;
  // Progress of a running request may come between the parts of its reply.
  if (frame.is(FrameType::kEvent) || frame.is(FrameType::kHeartbeat)) return frame;

  if (frame.is(FrameType::kError)) {
    parts_ = {};
  } else if (may_be_long(static_cast<FrameType>(frame.type))) {
    TRY_VOID(append(frame));
    frame.payload = std::exchange(parts_, {});
  } else {
    return mixed(open_, "ended by a frame of type " + std::to_string(frame.type));
  }
  open_ = 0;
  return frame;
}

}  // namespace gannet::protocol
