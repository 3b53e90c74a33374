#include "controller/fleet/agent_link.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/fleet/run_task.h"
#include "tests/unit/fleet/scripted_channel.h"

namespace gannet::controller {
namespace {

using protocol::FrameType;
using std::chrono::milliseconds;
using testing::HasSubstr;

const std::string kMagicText(protocol::kMagic);

class AgentLinkTest : public testing::Test {
 protected:
  AgentLinkTest() : program(std::make_shared<ScriptedProgram>(io.get_executor())) {
    options.silence = milliseconds(200);
    options.greeting = milliseconds(200);
  }
  ~AgentLinkTest() override {
    if (!link) return;
    run_task(io, link->close());
  }

  Result<> start() {
    link = AgentLink::create(io.get_executor(), nullptr, std::make_unique<ScriptedChannel>(program),
                             options);
    return run_value(io, link->start());
  }

  /// An agent that answers hello, and everything else as `answer` says.
  void serve(std::function<void(const protocol::Frame&)> answer = {}) {
    program->print(kMagicText);
    program->on_frame = [this, answer = std::move(answer)](const protocol::Frame& frame) {
      if (frame.is(FrameType::kHello)) {
        protocol::HelloReply reply;
        reply.version = 1;
        reply.facts.arch = "aarch64";
        program->reply(frame.request, reply);
      } else if (answer) {
        answer(frame);
      }
    };
    ASSERT_TRUE(start());
    link->greet({});
  }

  template <class Request>
  auto ask(const Request& request, EventHandler on_event = {}) {
    return run_value(io, link->ask(request, std::move(on_event)));
  }

  asio::io_context io;
  std::shared_ptr<ScriptedProgram> program;
  std::shared_ptr<AgentLink> link;
  AgentLink::Options options;
};

TEST_F(AgentLinkTest, SkipsWhatTheProfilePrintsBeforeTheMagicLine) {
  program->print("Welcome!\n" + std::string(900'000, 'x') + "\n");
  serve();
  const auto hello = run_value(io, link->hello());
  ASSERT_TRUE(hello) << hello.error().context;
  EXPECT_EQ(hello->facts.arch, "aarch64");
}

TEST_F(AgentLinkTest, ReadsFramesThatArriveByteByByte) {
  program->read_limit = 1;
  serve();
  EXPECT_TRUE(run_value(io, link->hello()));
}

TEST_F(AgentLinkTest, GivesUpAfterOneMebibyteOfNoise) {
  program->print(std::string(1'200'000, 'n') + "\nstill no agent\n");
  const auto started = start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Code::kNoAgent);
}

TEST_F(AgentLinkTest, ShowsWhatWasPrintedWhenTheProgramEnds) {
  program->print("This account is\x1b[31m disabled.\n");
  program->end(1);
  const auto started = start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Code::kNoAgent);
  EXPECT_EQ(started.error().context,
            "no agent answered (exit status 1): This account is\\x1b[31m disabled.");
  ASSERT_TRUE(link->exit_status());
  EXPECT_EQ(link->exit_status()->code, 1);
}

TEST_F(AgentLinkTest, StopsWaitingForASilentAgent) {
  const auto started = start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Code::kTimeout);  // as if it were off: nothing was changed
  EXPECT_THAT(started.error().context, HasSubstr("no agent answered within 200ms"));
}

TEST_F(AgentLinkTest, OneThatTalksButNotAsAnAgentIsNone) {
  program->print("Password has expired. New password: ");
  const auto started = start();
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, Code::kNoAgent);
  EXPECT_THAT(started.error().context, HasSubstr("no agent answered within 200ms"));
}

TEST_F(AgentLinkTest, RefusesAnAgentOfAnotherVersion) {
  program->print(kMagicText);
  program->on_frame = [this](const protocol::Frame& frame) {
    protocol::HelloReply reply;
    reply.version = 99;
    program->reply(frame.request, reply);
  };
  ASSERT_TRUE(start());
  link->greet({});
  const auto hello = run_value(io, link->hello());
  ASSERT_FALSE(hello);
  EXPECT_EQ(hello.error().code, Code::kVersionMismatch);
  EXPECT_FALSE(link->alive());
}

TEST_F(AgentLinkTest, MatchesRepliesThatComeInAnotherOrder) {
  std::vector<std::uint32_t> waiting;
  serve([&](const protocol::Frame& frame) {
    waiting.push_back(frame.request);
    if (waiting.size() < 2) return;
    for (auto id = waiting.rbegin(); id != waiting.rend(); ++id) {
      protocol::ExecReply reply;
      reply.exit_code = static_cast<std::int32_t>(*id);
      program->reply(*id, reply);
    }
  });
  const Ticket first = link->send(protocol::ExecRequest{});
  const Ticket second = link->send(protocol::ExecRequest{});
  const auto one = run_value(io, link->receive<protocol::ExecRequest>(first));
  const auto two = run_value(io, link->receive<protocol::ExecRequest>(second));
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->exit_code, 2);
  EXPECT_EQ(two->exit_code, 3);
}

TEST_F(AgentLinkTest, GivesEventsToTheirRequest) {
  serve([&](const protocol::Frame& frame) {
    protocol::Event event;
    event.kind = protocol::EventKind::kStdout;
    event.text = "hello";
    program->send(FrameType::kEvent, frame.request, protocol::encode(event));
    program->reply(frame.request, protocol::ExecReply{});
  });
  std::string seen;
  const auto reply =
      ask(protocol::ExecRequest{}, [&](const protocol::Event& event) { seen += event.text; });
  EXPECT_TRUE(reply);
  EXPECT_EQ(seen, "hello");
}

TEST_F(AgentLinkTest, PassesOnTheErrorOfTheAgentAndGoesOn) {
  serve([&](const protocol::Frame& frame) {
    protocol::ErrorMessage message;
    message.code = Code::kLocked;
    message.context = "locked by ann";
    program->send(FrameType::kError, frame.request, protocol::encode(message));
  });
  const auto reply = ask(protocol::StatusRequest{});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kLocked);
  EXPECT_EQ(reply.error().context, "locked by ann");
  EXPECT_TRUE(link->alive());
}

TEST_F(AgentLinkTest, TakesHeartbeatsAsSignsOfLife) {
  std::uint32_t request = 0;
  serve([&](const protocol::Frame& frame) { request = frame.request; });
  const Ticket ticket = link->send(protocol::ExecRequest{});
  TaskGroup beats(io.get_executor());
  const auto beat = [](ScriptedProgram* to, std::uint32_t* id,
                       asio::any_io_executor executor) -> Task<> {
    for (int i = 0; i < 8; ++i) {
      co_await sleep_until(executor, in(milliseconds(50)));
      to->send(FrameType::kHeartbeat, *id, {});
    }
    to->reply(*id, protocol::ExecReply{});
  };
  beats.spawn("heart", beat(program.get(), &request, io.get_executor()));
  EXPECT_TRUE(run_value(io, link->receive<protocol::ExecRequest>(ticket)));
}

TEST_F(AgentLinkTest, FailsAfterSilenceSayingForHowLong) {
  serve();
  const auto reply = ask(protocol::ExecRequest{});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kTimeout);
  EXPECT_EQ(reply.error().context, "no sign of life from the agent for 200ms");
}

TEST_F(AgentLinkTest, TellsTheLastWordsOfAnAgentThatDies) {
  serve([&](const protocol::Frame& frame) {
    if (!frame.is(FrameType::kExec)) return;
    program->print_error("gannet-agent: out of memory\n");
    program->end(70);
  });
  const Ticket first = link->send(protocol::ExecRequest{});
  const Ticket second = link->send(protocol::StatusRequest{});
  const auto one = run_value(io, link->receive<protocol::ExecRequest>(first));
  const auto two = run_value(io, link->receive<protocol::StatusRequest>(second));
  ASSERT_FALSE(one);
  ASSERT_FALSE(two);
  EXPECT_EQ(one.error().code, Code::kDisconnected);
  EXPECT_EQ(one.error().context, "the agent ended (exit status 70): gannet-agent: out of memory");
  EXPECT_EQ(two.error().context, one.error().context);
}

TEST_F(AgentLinkTest, RefusesRequestsAfterTheLinkFailed) {
  serve([&](const protocol::Frame&) { program->disconnect(); });
  EXPECT_FALSE(ask(protocol::ExecRequest{}));
  const auto again = ask(protocol::ExecRequest{});
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kDisconnected);
}

protocol::Bytes flipped_frame() {
  auto frame =
      protocol::encode_frame(FrameType::kReply, 2, protocol::encode(protocol::ExecReply{}));
  frame[12] ^= std::byte{1};
  return frame;
}

protocol::Bytes oversize_frame() {
  auto frame = protocol::encode_frame(FrameType::kReply, 2, {});
  frame[3] = std::byte{0x7F};
  return frame;
}

class HostileAgentTest : public AgentLinkTest, public testing::WithParamInterface<int> {
 protected:
  static protocol::Bytes garbage(int which) {
    switch (which) {
      case 0:
        return flipped_frame();
      case 1:
        return oversize_frame();
      case 2:
        return protocol::Bytes(4096, std::byte{0xFF});
      case 3:  // a reply that nobody asked for
        return protocol::encode_frame(FrameType::kReply, 77, {});
      case 4:  // a type that does not exist
        return protocol::encode_frame(static_cast<FrameType>(55), 2, {});
      default:  // a payload that is not a message
        return protocol::encode_frame(FrameType::kReply, 2, protocol::Bytes(3, std::byte{0xFF}));
    }
  }
};

TEST_P(HostileAgentTest, CostsTheLinkButNotTheController) {
  serve([&](const protocol::Frame&) { program->print_bytes(garbage(GetParam())); });
  const auto reply = ask(protocol::ExecRequest{});
  ASSERT_FALSE(reply);
  const auto code = static_cast<int>(reply.error().code);
  EXPECT_TRUE(code >= 20 && code <= 22) << reply.error().context;
  EXPECT_FALSE(link->alive());
}

INSTANTIATE_TEST_SUITE_P(All, HostileAgentTest, testing::Range(0, 6));

TEST_F(AgentLinkTest, SaysWhenAFrameWasCutOff) {
  serve([&](const protocol::Frame& frame) {
    auto bytes = protocol::encode_frame(FrameType::kReply, frame.request,
                                        protocol::Bytes(100, std::byte{1}));
    bytes.resize(40);
    program->print_bytes(bytes);
    program->end(0);
  });
  const auto reply = ask(protocol::ExecRequest{});
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().context, "the agent ended in the middle of a frame (exit status 0)");
}

TEST_F(AgentLinkTest, SendsLongRequestsInPartsAndReadsLongReplies) {
  protocol::Bytes received;
  serve([&](const protocol::Frame& frame) {
    received.insert(received.end(), frame.payload.begin(), frame.payload.end());
    if (!frame.is(FrameType::kPrepare)) return;
    protocol::PrepareReply reply;
    reply.findings.emplace_back();
    reply.findings.back().message = std::string(3'000'000, 'm');
    const auto frames =
        protocol::split_message(FrameType::kReply, frame.request, protocol::encode(reply));
    for (const auto& part : *frames) program->print_bytes(part);
  });
  EXPECT_TRUE(run_value(io, link->hello()));
  protocol::PrepareRequest request;
  request.releases.emplace_back();
  request.releases.back().who = std::string(2'500'000, 'w');
  const auto reply = ask(request);
  ASSERT_TRUE(reply) << reply.error().context;
  EXPECT_EQ(reply->findings.at(0).message.size(), 3'000'000U);
  EXPECT_EQ(received, protocol::encode(request));
}

Task<Result<>> send_much(AgentLink* link, Ticket ticket) {
  const auto piece = std::make_shared<const protocol::Bytes>(200'000, std::byte{7});
  for (int i = 0; i < 50; ++i) {
    CO_TRY_VOID(co_await link->send_data(ticket, piece));
  }
  link->end_data(ticket);
  co_return Result<>{};
}

TEST_F(AgentLinkTest, StreamsDataAndReadsTheAnswer) {
  std::size_t bytes = 0;
  serve([&](const protocol::Frame& frame) {
    if (frame.is(FrameType::kData)) bytes += frame.payload.size();
    if (!frame.is(FrameType::kDataEnd)) return;
    protocol::UploadReply reply;
    reply.bytes = bytes;
    program->reply(frame.request, reply);
  });
  const Ticket ticket = link->send(protocol::UploadRequest{});
  EXPECT_TRUE(run_value(io, send_much(link.get(), ticket)));
  const auto reply = run_value(io, link->receive<protocol::UploadRequest>(ticket));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->bytes, 10'000'000U);
}

TEST_F(AgentLinkTest, FailsAnUploadThatNobodyTakes) {
  serve();
  EXPECT_TRUE(run_value(io, link->hello()));
  program->stop_reading = true;
  const Ticket ticket = link->send(protocol::UploadRequest{});
  const auto sent = run_value(io, send_much(link.get(), ticket));
  ASSERT_FALSE(sent);
  EXPECT_EQ(sent.error().code, Code::kTimeout);
}

TEST_F(AgentLinkTest, CloseEndsReaderAndWriterAndWhoWaits) {
  serve();
  const Ticket ticket = link->send(protocol::ExecRequest{});
  io.restart();
  io.poll();
  run_task(io, link->close());
  const auto reply = run_value(io, link->receive<protocol::ExecRequest>(ticket));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, Code::kDisconnected);
  const std::weak_ptr<AgentLink> watched = link;
  link.reset();
  EXPECT_TRUE(watched.expired());
}

}  // namespace
}  // namespace gannet::controller
