// The conversation with one agent: requests out, replies and events in, all over one channel.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "controller/fleet/requests.h"
#include "controller/fleet/spawn.h"
#include "controller/ssh/transport.h"
#include "protocol/frame.h"
#include "protocol/handshake.h"
#include "protocol/long_message.h"
#include "protocol/messages.h"

namespace gannet::controller {

/// What the agent says while a request runs.
using EventHandler = std::function<void(const protocol::Event&)>;

/// A request that was sent. Keep it to wait for the answer; dropping it is fine.
struct PendingRequest;
using Ticket = std::shared_ptr<PendingRequest>;

/// One reader, one writer, and a table of requests that wait for their reply.
///
/// Requests may be sent before earlier ones are answered; the agent works on one after the other.
/// After any error the link stays failed: every request then gives that error. Owned by a
/// shared_ptr, because its reader and writer hold it while they run: end it with close() or
/// abort(). Thread rule: io_context thread only.
class AgentLink : public std::enable_shared_from_this<AgentLink> {
 public:
  struct Options {
    std::chrono::milliseconds silence{60'000};   ///< without any sign of life: kTimeout
    std::chrono::milliseconds greeting{30'000};  ///< until the magic line: login shells may be slow
  };

  [[nodiscard]] static std::shared_ptr<AgentLink> create(asio::any_io_executor executor,
                                                         std::shared_ptr<Session> session,
                                                         std::unique_ptr<Channel> channel,
                                                         Options options);

  /// Reads up to the agent's magic line, then starts reader and writer. Errors: kNoAgent (the
  /// program ended, said something else for too long, or said nothing) with the last lines of what
  /// it printed; kTimeout; kDisconnected. See also preamble() and exit_status().
  [[nodiscard]] Task<Result<>> start();

  /// What came before the magic line (the last 8 KiB of it), and what the program said on stderr.
  [[nodiscard]] const std::string& preamble() const { return preamble_; }
  [[nodiscard]] const std::string& stderr_text() const { return stderr_text_; }
  /// How the program ended, when start() found that it did.
  [[nodiscard]] const std::optional<ExitStatus>& exit_status() const { return exit_; }

  /// Sends hello. Must be the first request.
  void greet(const protocol::Hello& hello);
  /// The agent's answer to greet(), versions agreed. May be asked for again. Errors: as ask(),
  /// kVersionMismatch.
  [[nodiscard]] Task<Result<protocol::HelloReply>> hello();

  /// Queues a request. Never waits.
  template <class Request>
  [[nodiscard]] Ticket send(const Request& request, EventHandler on_event = {}) {
    return send_raw(RequestTraits<Request>::kType, protocol::encode(request), std::move(on_event));
  }
  /// Waits for the reply. Errors: what the agent answered; kTimeout after Options::silence without
  /// a sign of life; kDisconnected with the agent's last words; kBadFrame, kBadMessage.
  template <class Request>
  [[nodiscard]] Task<Result<typename RequestTraits<Request>::Reply>> receive(Ticket ticket) {
    CO_TRY(const protocol::Bytes payload, co_await wait(std::move(ticket)));
    auto reply = protocol::decode<typename RequestTraits<Request>::Reply>(payload);
    if (!reply) fail_all(reply.error());
    co_return reply;
  }
  /// send() and receive() in one.
  template <class Request>
  [[nodiscard]] Task<Result<typename RequestTraits<Request>::Reply>> ask(
      Request request, EventHandler on_event = {}) {
    Ticket ticket = send(request, std::move(on_event));
    co_return co_await receive<Request>(std::move(ticket));
  }

  /// Sends bytes that belong to `ticket`, waiting while much is queued. Errors: as receive(); an
  /// answer that is already there is not an error here: sending just stops mattering.
  [[nodiscard]] Task<Result<>> send_data(Ticket ticket,
                                         std::shared_ptr<const protocol::Bytes> data);
  void end_data(const Ticket& ticket);

  /// Asks the agent to stop what is running.
  void cancel_running();

  [[nodiscard]] bool alive() const { return !failure_.has_value(); }

  /// False once reader and writer are gone: nothing of the link runs any more.
  [[nodiscard]] bool running() const { return tasks_.running() > 0; }

  /// Ends the link: no waiting for the agent, who sees the end of its stdin.
  void abort();
  /// abort(), then waits (at most 2 s) until reader and writer are gone.
  [[nodiscard]] Task<> close();

 private:
  AgentLink(asio::any_io_executor executor, std::shared_ptr<Session> session,
            std::unique_ptr<Channel> channel, Options options);

  [[nodiscard]] Ticket send_raw(protocol::FrameType type, protocol::Bytes payload,
                                EventHandler on_event);
  [[nodiscard]] Task<Result<protocol::Bytes>> wait(Ticket ticket);
  void queue(protocol::Bytes frame);

  static Task<> read_loop(std::shared_ptr<AgentLink> self);
  static Task<> write_loop(std::shared_ptr<AgentLink> self);
  [[nodiscard]] Task<Result<>> scan_for_magic();
  [[nodiscard]] Task<Error> explain_end(Code code, std::string what);
  [[nodiscard]] Result<> handle_frames();
  [[nodiscard]] Result<> handle(protocol::Frame frame);
  void answer(PendingRequest& pending, Result<protocol::Bytes> result);
  void fail_all(Error error);
  [[nodiscard]] protocol::Bytes next_batch();

  asio::any_io_executor executor_;
  Options options_;
  std::shared_ptr<Session> session_;  ///< destroyed after the channel
  std::unique_ptr<Channel> channel_;
  protocol::FrameDecoder decoder_;
  protocol::MessageAssembler assembler_{protocol::MessageAssembler::Direction::kToController};
  std::string preamble_, stderr_text_;
  std::optional<ExitStatus> exit_;
  std::optional<Error> failure_;
  std::map<std::uint32_t, Ticket> waiting_;
  std::uint32_t last_request_ = 0;
  Ticket hello_ticket_;
  std::optional<protocol::HelloReply> hello_;
  std::deque<protocol::Bytes> out_;
  std::size_t queued_ = 0;  ///< bytes in out_
  Wakeup to_write_, written_, failed_;
  TaskGroup tasks_;
  SteadyTime last_life_;
  std::array<std::byte, 64UL * 1024UL> buffer_;
};

}  // namespace gannet::controller
