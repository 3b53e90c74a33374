// `gannet-agent serve`: requests in, exactly one answer for each out. docs/protocol.md section 5.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "agent/host_state.h"
#include "agent/system/posix.h"
#include "agent/system/session.h"
#include "agent/system/system_actions.h"
#include "base/clock.h"
#include "base/result.h"
#include "protocol/frame.h"
#include "protocol/handshake.h"
#include "protocol/messages.h"

namespace gannet::agent {

/// How `serve` ends; exit codes of the program.
enum class ServeEnd : std::uint8_t {
  kClosed = 0,    ///< the controller left
  kBadInput = 3,  ///< what arrived were no frames, or the controller stopped reading
};

/// Serves one link until its end. Requests are handled one after the other.
class Server {
 public:
  /// Opens the host's state; a seam, so that tests can put a script in its place.
  using OpenState =
      std::function<Result<std::unique_ptr<HostState>>(HostState::Options, Progress&)>;

  struct Options {
    std::string state_dir;
    std::string build;  ///< version of this agent
    HostTree tree;
  };

  /// The references must outlive the object.
  Server(Options options, FrameLink& link, SystemActions& actions, Clock& clock,
         OpenState open_state)
      : options_(std::move(options)),
        link_(link),
        actions_(actions),
        clock_(clock),
        open_state_(std::move(open_state)),
        session_(link, clock) {}

  /// Sends the magic line, then serves. Diagnostics go to stderr.
  [[nodiscard]] ServeEnd run();

 private:
  using Answer = Result<protocol::Bytes>;

  void serve(const Received& request);
  [[nodiscard]] Answer dispatch(const Received& request, Progress& progress);
  [[nodiscard]] Answer dispatch_to_state(const protocol::Frame& frame, Progress& progress);
  [[nodiscard]] Answer hello(const Received& request, Progress& progress);
  [[nodiscard]] Answer check(const Received& request, Progress& progress);
  [[nodiscard]] Answer prepare(const Received& request, Progress& progress);
  [[nodiscard]] Answer upload(const protocol::Frame& frame, Progress& progress);
  [[nodiscard]] Answer exec(const protocol::Frame& frame, Progress& progress);
  [[nodiscard]] Result<HostState*> state();

  /// Decodes the request, calls `action` with the state and it, encodes what comes back.
  template <class Request, class Action>
  [[nodiscard]] Answer with_state(const protocol::Frame& frame, Action action) {
    TRY(const Request request, protocol::decode<Request>(frame.payload));
    TRY(HostState * host, state());
    TRY(const auto reply, action(*host, request));
    return protocol::encode(reply);
  }

  Options options_;
  FrameLink& link_;
  SystemActions& actions_;
  Clock& clock_;
  OpenState open_state_;
  Session session_;
  std::unique_ptr<HostState> state_;
  Error state_error_{Code::kInternal, "the state is not open", ""};
};

}  // namespace gannet::agent
