#include "tests/unit/agent_system/link_client.h"

#include <array>

#include <poll.h>
#include <unistd.h>

#include "protocol/handshake.h"

namespace gannet::agent {
namespace {

constexpr int kPatienceMs = 20'000;

}  // namespace

std::string Answer::output(protocol::EventKind kind) const {
  std::string text;
  for (const protocol::Event& event : events) {
    if (event.kind == kind) text += event.text;
  }
  return text;
}

bool LinkClient::read_magic() {
  std::string seen;
  while (seen.size() < protocol::kMagic.size()) {
    pollfd entry{in_.get(), POLLIN, 0};
    if (::poll(&entry, 1, kPatienceMs) <= 0) return false;
    char byte = 0;
    if (::read(in_.get(), &byte, 1) != 1) return false;
    seen.push_back(byte);
  }
  decoder_.handshake_done();
  return seen == protocol::kMagic;
}

void LinkClient::send_bytes(const protocol::Bytes& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t put = ::write(out_.get(), bytes.data() + done, bytes.size() - done);
    if (put <= 0) return;
    done += static_cast<std::size_t>(put);
  }
}

void LinkClient::send_for(std::uint32_t id, protocol::FrameType type,
                          const protocol::Bytes& payload) {
  const auto frames = protocol::split_message(type, id, payload);
  if (!frames) return;
  for (const protocol::Bytes& frame : *frames) send_bytes(frame);
}

std::uint32_t LinkClient::send(protocol::FrameType type, const protocol::Bytes& payload) {
  const std::uint32_t id = next_id_++;
  send_for(id, type, payload);
  return id;
}

std::uint32_t LinkClient::send_hello() {
  protocol::Hello hello;
  hello.min_version = protocol::kMinVersion;
  hello.max_version = protocol::kMaxVersion;
  hello.build = "test";
  hello.who = "tester@here";
  hello.run = "run-1";
  return send(protocol::FrameType::kHello, protocol::encode(hello));
}

bool LinkClient::read_more() {
  pollfd entry{in_.get(), POLLIN, 0};
  if (::poll(&entry, 1, kPatienceMs) <= 0) return false;
  std::array<std::byte, 65536> chunk{};
  const ssize_t got = ::read(in_.get(), chunk.data(), chunk.size());
  if (got <= 0) return false;
  decoder_.feed(std::span(chunk).first(static_cast<std::size_t>(got)));
  for (;;) {
    auto frame = decoder_.next();
    if (!frame) return false;
    if (!*frame) return true;
    auto message = assembler_.add(std::move(**frame));
    if (!message) return false;
    if (*message) take(std::move(**message));
  }
}

void LinkClient::take(protocol::Frame frame) {
  Answer& answer = answers_[frame.request];
  if (frame.is(protocol::FrameType::kHeartbeat)) {
    ++answer.heartbeats;
  } else if (frame.is(protocol::FrameType::kEvent)) {
    auto event = protocol::decode<protocol::Event>(frame.payload);
    if (event) answer.events.push_back(std::move(*event));
  } else {
    ++counts_[frame.request];
    answer.arrived = true;
    answer.is_error = frame.is(protocol::FrameType::kError);
    if (answer.is_error) {
      answer.error = protocol::decode<protocol::ErrorMessage>(frame.payload)
                         .value_or(protocol::ErrorMessage{});
    }
    answer.payload = std::move(frame.payload);
  }
}

Answer LinkClient::wait(std::uint32_t id) {
  while (!answers_[id].arrived) {
    if (!read_more()) break;
  }
  return answers_[id];
}

bool LinkClient::wait_event(std::uint32_t id) {
  while (answers_[id].events.empty()) {
    if (!read_more()) return false;
  }
  return true;
}

bool LinkClient::wait_heartbeats(std::uint32_t id, std::size_t count) {
  while (answers_[id].heartbeats < count) {
    if (!read_more()) return false;
  }
  return true;
}

bool LinkClient::wait_end() {
  while (read_more()) {
  }
  char byte = 0;
  return ::read(in_.get(), &byte, 1) == 0;
}

std::size_t LinkClient::answers(std::uint32_t id) const {
  const auto found = counts_.find(id);
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace gannet::agent
