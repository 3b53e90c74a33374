// Which frame carries which request, and what answers it.
#pragma once

#include "protocol/frame.h"
#include "protocol/messages.h"

namespace gannet::controller {

/// kType and Reply for each request message.
template <class Request>
struct RequestTraits;

#define GANNET_REQUEST(Request, Type, ReplyMessage)                         \
  template <>                                                               \
  struct RequestTraits<protocol::Request> {                                 \
    static constexpr protocol::FrameType kType = protocol::FrameType::Type; \
    using Reply = protocol::ReplyMessage;                                   \
  }

GANNET_REQUEST(Hello, kHello, HelloReply);
GANNET_REQUEST(CheckRequest, kCheck, CheckReply);
GANNET_REQUEST(PrepareRequest, kPrepare, PrepareReply);
GANNET_REQUEST(UploadRequest, kUpload, UploadReply);
GANNET_REQUEST(ApplyRequest, kApply, ApplyReply);
GANNET_REQUEST(CommitRequest, kCommit, CommitReply);
GANNET_REQUEST(RestoreRequest, kRestore, RestoreReply);
GANNET_REQUEST(StatusRequest, kStatus, StatusReply);
GANNET_REQUEST(GetReleaseRequest, kGetRelease, GetReleaseReply);
GANNET_REQUEST(ReadFileRequest, kReadFile, ReadFileReply);
GANNET_REQUEST(ExecRequest, kExec, ExecReply);
GANNET_REQUEST(LockRequest, kLock, LockReply);
GANNET_REQUEST(UnlockRequest, kUnlock, LockReply);
GANNET_REQUEST(RemoveRequest, kRemove, RemoveReply);

#undef GANNET_REQUEST

}  // namespace gannet::controller
