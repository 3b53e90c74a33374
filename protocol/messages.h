// One struct per message with its encode/decode pair. Tags: docs/protocol.md section 5.
// Decoders skip fields they do not know and give kBadMessage for malformed ones.
#pragma once

#include <span>

#include "base/error.h"
#include "base/result.h"
#include "protocol/check.h"
#include "protocol/messages_deploy.h"
#include "protocol/messages_session.h"
#include "protocol/messages_status.h"
#include "protocol/release.h"
#include "protocol/wire.h"

namespace gannet::protocol {

// Requests and replies without fields (kPing, kCancel) have empty payloads.

// clang-format off
#define GANNET_FOR_EACH_MESSAGE(X) \
  X(Hello) X(Facts) X(Recovery) X(HelloReply) X(CheckRequest) X(CheckReply) X(PrepareRequest) \
  X(FileChange) X(PlannedAction) X(ServicePlan) X(PrepareReply) X(UploadRequest) X(UploadReply) X(ApplyRequest) \
  X(ApplyReply) X(CommitRequest) X(CommitReply) X(RestoreRequest) X(RestoreReply) \
  X(StatusRequest) X(ReleaseInfo) X(ServiceStatus) X(LockInfo) X(PendingInfo) X(StatusReply) \
  X(GetReleaseRequest) X(GetReleaseReply) X(ReadFileRequest) X(ReadFileReply) X(ExecRequest) \
  X(ExecReply) X(LockRequest) X(UnlockRequest) X(LockReply) X(RemoveRequest) X(RemoveReply) \
  X(Event) X(ErrorMessage)
// clang-format on

#define GANNET_DECLARE_ENCODE(Message) [[nodiscard]] Bytes encode(const Message& message);
GANNET_FOR_EACH_MESSAGE(GANNET_DECLARE_ENCODE)
#undef GANNET_DECLARE_ENCODE

#define GANNET_DECLARE_DECODE(Message) \
  template <>                          \
  Result<Message> decode<Message>(std::span<const std::byte> payload);
GANNET_FOR_EACH_MESSAGE(GANNET_DECLARE_DECODE)
#undef GANNET_DECLARE_DECODE

/// An error as it travels, and back.
[[nodiscard]] ErrorMessage to_message(const Error& error);
[[nodiscard]] Error to_error(ErrorMessage message);

}  // namespace gannet::protocol
