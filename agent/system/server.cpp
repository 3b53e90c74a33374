#include "agent/system/server.h"

#include <cstdio>
#include <exception>

#include "agent/system/exec_request.h"
#include "agent/system/facts.h"

namespace gannet::agent {
namespace {

using protocol::Bytes;
using protocol::Frame;
using protocol::FrameType;
using std::chrono::milliseconds;

/// An agent whose controller says nothing for so long was forgotten; no daemon stays on a host.
constexpr std::chrono::minutes kIdleLimit{60};
constexpr milliseconds kIdleSlice{30'000};
constexpr milliseconds kUploadSlice{200};

std::int64_t wall_ms(const Clock& clock) {
  return std::chrono::floor<milliseconds>(clock.wall()).time_since_epoch().count();
}

}  // namespace

ServeEnd Server::run() {
  link_.send_raw(protocol::kMagic);
  SteadyTime last_heard = std::chrono::steady_clock::now();
  for (;;) {
    auto request = session_.take_request();
    if (session_.ended()) break;
    if (request) {
      serve(*request);
      last_heard = std::chrono::steady_clock::now();
      continue;
    }
    session_.pump(kIdleSlice);
    if (std::chrono::steady_clock::now() > last_heard + kIdleLimit) break;
  }
  if (!link_.failure()) return ServeEnd::kClosed;
  std::fprintf(stderr, "gannet-agent: link: %s\n", link_.failure()->context.c_str());
  return ServeEnd::kBadInput;
}

void Server::serve(const Received& request) {
  const std::uint32_t id = request.frame.request;
  session_.begin();
  ServerProgress progress(session_, id);
  if (request.cancelled) {
    session_.error(id, {Code::kInterrupted, "cancelled before it was begun", ""});
    return;
  }
  try {
    const Answer answer = dispatch(request, progress);
    if (answer) {
      session_.reply(id, *answer);
    } else {
      session_.error(id, answer.error());
    }
  } catch (const std::exception& problem) {
    session_.error(id, {Code::kInternal, std::string("bug in the agent: ") + problem.what(), ""});
  }
}

Server::Answer Server::dispatch(const Received& request, Progress& progress) {
  const Frame& frame = request.frame;
  if (frame.is(FrameType::kHello)) return hello(request, progress);
  if (!session_.is_open()) {
    return fail(Code::kBadMessage,
                "request type " + std::to_string(frame.type) + " came before hello");
  }
  if (frame.is(FrameType::kCheck)) return check(request, progress);
  if (frame.is(FrameType::kPrepare)) return prepare(request, progress);
  if (frame.is(FrameType::kUpload)) return upload(frame, progress);
  if (frame.is(FrameType::kExec)) return exec(frame, progress);
  return dispatch_to_state(frame, progress);
}

Server::Answer Server::dispatch_to_state(const Frame& frame, Progress& progress) {
  using namespace protocol;  // the names of all messages
  switch (static_cast<FrameType>(frame.type)) {
    case FrameType::kApply:
      return with_state<ApplyRequest>(
          frame, [&](HostState& host, const auto& wanted) { return host.apply(wanted, progress); });
    case FrameType::kCommit:
      return with_state<CommitRequest>(
          frame, [](HostState& host, const auto& wanted) { return host.commit(wanted); });
    case FrameType::kRestore:
      return with_state<RestoreRequest>(frame, [&](HostState& host, const auto& wanted) {
        return host.restore(wanted, progress);
      });
    case FrameType::kStatus:
      return with_state<StatusRequest>(frame, [&](HostState& host, const auto& wanted) {
        return host.status(wanted, progress);
      });
    case FrameType::kGetRelease:
      return with_state<GetReleaseRequest>(
          frame, [](HostState& host, const auto& wanted) { return host.get_release(wanted); });
    case FrameType::kReadFile:
      return with_state<ReadFileRequest>(
          frame, [](HostState& host, const auto& wanted) { return host.read_file(wanted); });
    case FrameType::kLock:
      return with_state<LockRequest>(
          frame, [](HostState& host, const auto& wanted) { return host.lock(wanted); });
    case FrameType::kUnlock:
      return with_state<UnlockRequest>(frame,
                                       [](HostState& host, const auto&) { return host.unlock(); });
    case FrameType::kRemove:
      return with_state<RemoveRequest>(
          frame, [](HostState& host, const auto& wanted) { return host.remove(wanted); });
    default:
      return fail(Code::kUnsupported,
                  "this agent does not know request type " + std::to_string(frame.type),
                  "its version is " + options_.build + "; use a controller of that version");
  }
}

Server::Answer Server::hello(const Received& request, Progress& progress) {
  if (session_.is_open()) return fail(Code::kBadMessage, "hello came twice");
  TRY(const protocol::Hello hello, protocol::decode<protocol::Hello>(request.frame.payload));
  TRY(const std::uint32_t version,
      protocol::negotiate_version({hello.min_version, hello.max_version}, {}));
  session_.open();
  actions_.note_controller_clock(hello.wall_ms, request.at_ms);

  protocol::HelloReply reply;
  reply.version = version;
  reply.build = options_.build;
  auto opened = open_state_({options_.state_dir, hello.who, hello.run}, progress);
  if (opened) {
    state_ = std::move(*opened);
    reply.recovered = state_->recovered();
  } else {
    // Facts and probes need no state: they may even show why there is none.
    state_error_ = std::move(opened.error()).in("open the state in " + options_.state_dir);
  }
  reply.facts = read_facts(options_.tree);
  reply.facts.state_dir = options_.state_dir;
  reply.wall_ms = wall_ms(clock_);
  return protocol::encode(reply);
}

Result<HostState*> Server::state() {
  if (!state_) return fail(state_error_);
  return state_.get();
}

Server::Answer Server::check(const Received& request, Progress& progress) {
  TRY(const auto wanted, protocol::decode<protocol::CheckRequest>(request.frame.payload));
  actions_.note_controller_clock(wanted.wall_ms, request.at_ms);
  protocol::CheckReply reply;
  reply.findings = actions_.run_checks(wanted.checks, progress);
  return protocol::encode(reply);
}

Server::Answer Server::prepare(const Received& request, Progress& progress) {
  return with_state<protocol::PrepareRequest>(
      request.frame, [&](HostState& host, const protocol::PrepareRequest& wanted) {
        actions_.note_controller_clock(wanted.wall_ms, request.at_ms);
        return host.prepare(wanted, progress);
      });
}

Server::Answer Server::upload(const Frame& frame, Progress& progress) {
  TRY(const auto wanted, protocol::decode<protocol::UploadRequest>(frame.payload));
  TRY(HostState * host, state());
  TRY(const std::unique_ptr<BlobReceiver> receiver, host->receive(wanted));
  for (;;) {
    // After an error the rest of the data belongs to no running request and is dropped.
    if (progress.stop_requested()) return fail(Code::kInterrupted, "upload: cancelled");
    const auto data = session_.take_data(frame.request);
    if (!data) {
      session_.pump_deep(kUploadSlice);
    } else if (data->is(FrameType::kData)) {
      TRY_VOID(receiver->feed(data->payload));
    } else {
      TRY(const protocol::UploadReply reply, receiver->finish());
      return protocol::encode(reply);
    }
  }
}

Server::Answer Server::exec(const Frame& frame, Progress& progress) {
  TRY(const auto wanted, protocol::decode<protocol::ExecRequest>(frame.payload));
  TRY(const auto reply, run_exec(wanted, frame.request, session_, progress));
  return protocol::encode(reply);
}

}  // namespace gannet::agent
