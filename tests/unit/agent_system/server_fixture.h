// A Server on its own thread between two pipes, with a scripted HostState.
#pragma once

#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "agent/system/agent_clock.h"
#include "agent/system/server.h"
#include "tests/support/scripted_services.h"
#include "tests/unit/agent_system/link_client.h"
#include "tests/unit/agent_system/scripted_state.h"
#include "tests/unit/agent_system/support.h"

namespace gannet::agent {

class ServerFixture : public ::testing::Test {
 protected:
  ServerFixture() : script_(std::make_unique<ScriptedState>()), state_(script_.get()) {
    std::signal(SIGPIPE, SIG_IGN);  // as the program does
    Pipe requests = std::move(*make_pipe());
    Pipe answers = std::move(*make_pipe());
    agent_in_ = std::move(requests.read);
    agent_out_ = std::move(answers.write);
    client_ = std::make_unique<LinkClient>(std::move(requests.write), std::move(answers.read));
  }

  ~ServerFixture() override {
    client_->close_input();
    client_->close_output();
    if (thread_.joinable()) thread_.join();
  }

  void start(FrameLink::Limits limits = {}) {
    thread_ = std::thread([this, limits] {
      FrameLink link(std::move(agent_in_), std::move(agent_out_), limits);
      Server server({"/state", "1.2.3", pi4()}, link, actions_, clock_,
                    [this](HostState::Options options, Progress&) { return open(options); });
      end_ = server.run();
    });
  }

  /// Starts the server and shakes hands.
  void start_ready() {
    start();
    ASSERT_TRUE(client_->read_magic());
    const Answer hello = client_->wait(client_->send_hello());
    ASSERT_TRUE(hello.arrived);
    ASSERT_FALSE(hello.is_error) << hello.error.context;
  }

  ServeEnd end() {
    thread_.join();
    return end_;
  }

  static protocol::Bytes exec_payload(const std::string& command, bool with_stdin = false) {
    protocol::ExecRequest request;
    request.command = command;
    request.with_stdin = with_stdin;
    return protocol::encode(request);
  }

  Result<std::unique_ptr<HostState>> open(const HostState::Options& options) {
    opened_with_ = options;
    if (open_error_) return fail(*open_error_);
    return std::unique_ptr<HostState>(std::move(script_));
  }

  AgentClock clock_;
  ScriptedServices services_;
  SystemActions actions_{pi4(), clock_, services_};
  std::unique_ptr<ScriptedState> script_;
  ScriptedState* state_;
  std::optional<Error> open_error_;
  HostState::Options opened_with_;
  UniqueFd agent_in_;
  UniqueFd agent_out_;
  std::unique_ptr<LinkClient> client_;
  std::thread thread_;
  ServeEnd end_ = ServeEnd::kClosed;
};

}  // namespace gannet::agent
