#include "controller/fleet/agent_link.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace gannet::controller {

using protocol::Bytes;
using protocol::Frame;
using protocol::FrameType;

namespace {

constexpr std::size_t kBatch = 256UL * 1024UL;       // bytes in one write
constexpr std::size_t kMaxQueued = 1024UL * 1024UL;  // bytes queued before send_data() waits
constexpr std::size_t kKeptPreamble = 8UL * 1024UL;
constexpr std::size_t kShownLines = 5;
constexpr auto kLastWords = std::chrono::seconds(2);  // for exit status and stderr of a dead agent

/// The last lines of what a host printed, safe for a terminal.
std::string last_lines(std::string_view text) {
  std::vector<std::string> lines;
  for (auto& line : split(text, '\n')) {
    if (!trim(line).empty()) lines.emplace_back(trim(line));
  }
  if (lines.size() > kShownLines)
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(kShownLines));
  return printable(join(lines, "\n"));
}

std::string describe(const ExitStatus& status) {
  if (!status.signal.empty()) return "killed by signal " + printable(status.signal);
  if (status.code < 0) return "ended";
  return "exit status " + std::to_string(status.code);
}

}  // namespace

struct PendingRequest {
  explicit PendingRequest(asio::any_io_executor executor) : done(std::move(executor)) {}

  std::uint32_t id = 0;
  EventHandler on_event;
  Wakeup done;
  std::optional<Result<Bytes>> result;
};

std::shared_ptr<AgentLink> AgentLink::create(asio::any_io_executor executor,
                                             std::shared_ptr<Session> session,
                                             std::unique_ptr<Channel> channel, Options options) {
  return std::shared_ptr<AgentLink>(
      new AgentLink(std::move(executor), std::move(session), std::move(channel), options));
}

AgentLink::AgentLink(asio::any_io_executor executor, std::shared_ptr<Session> session,
                     std::unique_ptr<Channel> channel, Options options)
    : executor_(std::move(executor)),
      options_(options),
      session_(std::move(session)),
      channel_(std::move(channel)),
      to_write_(executor_),
      written_(executor_),
      failed_(executor_),
      tasks_(executor_),
      last_life_(std::chrono::steady_clock::now()) {}

// ---- beginning ------------------------------------------------------------------------------

Task<Result<>> AgentLink::start() {
  const auto self = shared_from_this();
  auto found = co_await scan_for_magic();
  if (!found) {
    fail_all(found.error());
    co_return found;
  }
  last_life_ = std::chrono::steady_clock::now();
  tasks_.spawn("agent reader", read_loop(self));
  tasks_.spawn("agent writer", write_loop(self));
  co_return Result<>{};
}

Task<Result<>> AgentLink::scan_for_magic() {
  const auto deadline = in(options_.greeting);
  protocol::MagicScanner scanner;
  for (;;) {
    auto got = co_await channel_->read(buffer_, deadline);
    if (!got && got.error().code == Code::kTimeout) {
      // A host that says nothing at all has hung; one that talks, but not as an agent, is sick.
      stderr_text_ += channel_->take_stderr();
      const bool silent = preamble_.empty() && stderr_text_.empty();
      Error error =
          co_await explain_end(silent ? Code::kTimeout : Code::kNoAgent,
                               "no agent answered within " + format_duration(options_.greeting));
      if (silent && exit_) error.code = Code::kNoAgent;
      if (silent && !exit_)
        error.hint = "the login worked, then nothing came: look at the host's load and disks";
      co_return fail(std::move(error));
    }
    if (!got) co_return fail(std::move(got.error()));
    if (*got == 0) {
      Error error = co_await explain_end(Code::kNoAgent, "no agent answered");
      co_return fail(std::move(error));
    }
    const auto bytes = std::span<const std::byte>(buffer_).first(*got);
    auto rest = scanner.feed(bytes);
    if (rest && *rest) {
      preamble_ = scanner.noise();
      decoder_.feed(**rest);
      co_return Result<>{};
    }
    preamble_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (preamble_.size() > kKeptPreamble) preamble_.erase(0, preamble_.size() - kKeptPreamble);
    if (!rest) {
      Error error = co_await explain_end(rest.error().code, rest.error().context);
      co_return fail(std::move(error));
    }
  }
}

/// An error that tells how the program ended and what it said last.
Task<Error> AgentLink::explain_end(Code code, std::string what) {
  auto status =
      co_await channel_->wait_exit(in(code == Code::kDisconnected ? kLastWords : kLastWords / 2));
  stderr_text_ += channel_->take_stderr();
  Error error{code, std::move(what), {}};
  if (status) {
    exit_ = *status;
    error.context += " (" + describe(*status) + ")";
  }
  const std::string words = last_lines(stderr_text_.empty() ? preamble_ : stderr_text_);
  if (!words.empty()) error.context += ": " + words;
  if (!stderr_text_.empty() && !preamble_.empty() && code == Code::kNoAgent)
    error.context += "\nit printed: " + last_lines(preamble_);
  co_return error;
}

void AgentLink::greet(const protocol::Hello& hello) { hello_ticket_ = send(hello); }

Task<Result<protocol::HelloReply>> AgentLink::hello() {
  if (hello_) co_return *hello_;
  CO_TRY(protocol::HelloReply reply, co_await receive<protocol::Hello>(hello_ticket_));
  auto version = protocol::negotiate_version({}, {reply.version, reply.version});
  if (!version) {
    fail_all(version.error());
    co_return fail(std::move(version.error()));
  }
  hello_ = reply;
  co_return reply;
}

// ---- requests -------------------------------------------------------------------------------

Ticket AgentLink::send_raw(FrameType type, Bytes payload, EventHandler on_event) {
  auto ticket = std::make_shared<PendingRequest>(executor_);
  ticket->id = ++last_request_;
  ticket->on_event = std::move(on_event);
  if (failure_) {
    ticket->result = fail(*failure_);
    return ticket;
  }
  auto frames = protocol::split_message(type, ticket->id, payload);
  if (!frames) {
    ticket->result = fail(std::move(frames.error()));
    return ticket;
  }
  if (waiting_.empty()) last_life_ = std::chrono::steady_clock::now();
  waiting_.emplace(ticket->id, ticket);
  for (auto& frame : *frames) queue(std::move(frame));
  return ticket;
}

Task<Result<Bytes>> AgentLink::wait(Ticket ticket) {
  const auto self = shared_from_this();
  while (!ticket->result) {
    const auto deadline = last_life_ + options_.silence;
    if (std::chrono::steady_clock::now() >= deadline) {
      fail_all(Error{Code::kTimeout,
                     "no sign of life from the agent for " + format_duration(options_.silence),
                     "look at the host's load and network, then try again"});
      break;
    }
    [[maybe_unused]] const bool woken = co_await ticket->done.wait(deadline);
  }
  co_return std::move(*ticket->result);
}

void AgentLink::queue(Bytes frame) {
  queued_ += frame.size();
  out_.push_back(std::move(frame));
  to_write_.notify_all();
}

Task<Result<>> AgentLink::send_data(Ticket ticket, std::shared_ptr<const Bytes> data) {
  const auto self = shared_from_this();
  while (queued_ >= kMaxQueued && !failure_ && !ticket->result) {
    const auto deadline = last_life_ + options_.silence;
    const bool woken = co_await written_.wait(deadline);
    if (!woken && std::chrono::steady_clock::now() >= last_life_ + options_.silence) {
      fail_all(Error{Code::kTimeout,
                     "the host took no more data for " + format_duration(options_.silence),
                     "look at the host's load and network, then try again"});
    }
  }
  if (failure_) co_return fail(*failure_);
  if (!ticket->result) queue(protocol::encode_frame(FrameType::kData, ticket->id, *data));
  co_return Result<>{};
}

void AgentLink::end_data(const Ticket& ticket) {
  if (!failure_ && !ticket->result)
    queue(protocol::encode_frame(FrameType::kDataEnd, ticket->id, {}));
}

void AgentLink::cancel_running() {
  [[maybe_unused]] const Ticket ticket = send_raw(FrameType::kCancel, {}, {});
}

// ---- the two loops --------------------------------------------------------------------------

Task<> AgentLink::read_loop(std::shared_ptr<AgentLink> self) {
  // Silence is judged by those who wait for an answer, not here: an idle link may be silent.
  constexpr auto kForever = std::chrono::hours(24);
  while (!self->failure_) {
    if (auto handled = self->handle_frames(); !handled) {
      self->fail_all(std::move(handled.error()));
      break;
    }
    auto got = co_await self->channel_->read(self->buffer_, in(kForever));
    if (!got && got.error().code == Code::kTimeout) continue;
    if (!got) {
      self->fail_all(std::move(got.error()));
      break;
    }
    if (*got == 0) {
      const bool cut = self->decoder_.mid_frame();
      Error error = co_await self->explain_end(
          Code::kDisconnected,
          cut ? "the agent ended in the middle of a frame" : "the agent ended");
      self->fail_all(std::move(error));
      break;
    }
    self->last_life_ = std::chrono::steady_clock::now();
    self->decoder_.feed(std::span<const std::byte>(self->buffer_).first(*got));
  }
}

Task<> AgentLink::write_loop(std::shared_ptr<AgentLink> self) {
  while (!self->failure_) {
    if (self->out_.empty()) {
      [[maybe_unused]] const bool woken = co_await self->to_write_.wait(in(std::chrono::hours(24)));
      continue;
    }
    const Bytes batch = self->next_batch();
    auto written = co_await self->channel_->write(batch, in(self->options_.silence));
    if (written) {
      self->last_life_ = std::chrono::steady_clock::now();
      self->written_.notify_all();
      continue;
    }
    // The reader usually knows better why: it sees the exit status and the last words.
    if (!self->failure_) {
      [[maybe_unused]] const bool known = co_await self->failed_.wait(in(kLastWords * 2));
    }
    self->fail_all(std::move(written.error()));
  }
}

Bytes AgentLink::next_batch() {
  Bytes batch = std::move(out_.front());
  out_.pop_front();
  while (!out_.empty() && batch.size() + out_.front().size() <= kBatch) {
    batch.insert(batch.end(), out_.front().begin(), out_.front().end());
    out_.pop_front();
  }
  queued_ -= batch.size();
  return batch;
}

// ---- what comes in --------------------------------------------------------------------------

Result<> AgentLink::handle_frames() {
  for (;;) {
    TRY(std::optional<Frame> received, decoder_.next());
    if (!received) return {};
    TRY(std::optional<Frame> frame, assembler_.add(std::move(*received)));
    if (!frame) continue;  // a part of a long reply
    TRY_VOID(handle(std::move(*frame)));
  }
}

Result<> AgentLink::handle(Frame frame) {
  if (frame.is(FrameType::kHeartbeat)) return {};
  const auto found = waiting_.find(frame.request);
  if (found == waiting_.end()) {
    if (frame.is(FrameType::kEvent)) return {};
    return fail(Code::kBadFrame, "the agent answered a request that was not made (frame type " +
                                     std::to_string(frame.type) + ")");
  }
  const Ticket pending = found->second;
  if (frame.is(FrameType::kEvent)) {
    TRY(const protocol::Event event, protocol::decode<protocol::Event>(frame.payload));
    if (pending->on_event) pending->on_event(event);
    return {};
  }
  if (frame.is(FrameType::kError)) {
    TRY(auto message, protocol::decode<protocol::ErrorMessage>(frame.payload));
    Error error = protocol::to_error(std::move(message));
    error.context = printable(error.context);
    error.hint = printable(error.hint);
    answer(*pending, fail(std::move(error)));
    return {};
  }
  if (!frame.is(FrameType::kReply)) {
    return fail(Code::kBadFrame,
                "the agent sent a frame of unknown type " + std::to_string(frame.type));
  }
  if (pending == hello_ticket_) decoder_.handshake_done();
  answer(*pending, std::move(frame.payload));
  return {};
}

void AgentLink::answer(PendingRequest& pending, Result<Bytes> result) {
  pending.result = std::move(result);
  pending.done.notify_all();
  written_.notify_all();  // an upload that was refused must not wait for room in the queue
  waiting_.erase(pending.id);
}

// ---- end ------------------------------------------------------------------------------------

void AgentLink::fail_all(Error error) {
  if (failure_) return;
  failure_ = std::move(error);
  auto waiting = std::exchange(waiting_, {});
  for (auto& [id, pending] : waiting) {
    pending->result = fail(*failure_);
    pending->done.notify_all();
  }
  out_.clear();
  queued_ = 0;
  to_write_.notify_all();
  written_.notify_all();
  failed_.notify_all();
  tasks_.cancel();
}

void AgentLink::abort() {
  fail_all(Error{Code::kDisconnected, "the connection was closed by gannet", {}});
  tasks_.cancel();
}

Task<> AgentLink::close() {
  const auto self = shared_from_this();
  abort();
  [[maybe_unused]] const bool all = co_await tasks_.join(in(kLastWords));
}

}  // namespace gannet::controller
