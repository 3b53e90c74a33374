#include "agent/probes/http_response.h"

#include <algorithm>
#include <utility>

#include "agent/system/posix.h"
#include "base/text.h"

namespace gannet::agent {
namespace {

constexpr std::size_t kMaxShown = 80;        // bytes of a strange answer that are shown
constexpr std::size_t kMaxChunkLine = 1024;  // bytes

tl::unexpected<Error> no_http(std::string_view bytes) {
  return fail(Code::kBadMessage,
              "the answer is no HTTP: \"" + printable(trim(bytes.substr(0, kMaxShown))) + "\"",
              "does another service listen on this port?");
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

}  // namespace

Result<> HttpResponse::feed(std::string_view bytes) {
  pending_.append(bytes);
  bool progressed = true;
  while (progressed && !done()) {
    progressed = false;
    TRY_VOID(step(progressed));
  }
  return {};
}

Result<> HttpResponse::finish() {
  if (done()) return {};
  if (state_ == State::kUntilClose) {
    state_ = State::kDone;
    return {};
  }
  if (pending_.empty() && state_ == State::kHead) {
    return fail(Code::kDisconnected, "the connection was closed without an answer");
  }
  return fail(Code::kDisconnected, "the connection was closed in the middle of the answer");
}

Result<> HttpResponse::step(bool& progressed) {
  switch (state_) {
    case State::kHead:
      return read_head(progressed);
    case State::kLength:
      read_counted(State::kDone, progressed);
      return {};
    case State::kUntilClose:
      keep(std::exchange(pending_, std::string()));
      return {};
    case State::kChunkSize:
      return read_chunk_size(progressed);
    case State::kChunk:
      read_counted(State::kChunkSize, progressed);
      return {};
    case State::kDone:
      return {};
  }
  return {};
}

Result<> HttpResponse::read_head(bool& progressed) {
  constexpr std::string_view kProtocol = "HTTP/1.";
  const std::size_t known = std::min(kProtocol.size(), pending_.size());
  if (pending_.compare(0, known, kProtocol, 0, known) != 0) return no_http(pending_);
  const std::size_t end = pending_.find("\r\n\r\n");
  if (end == std::string::npos) {
    if (pending_.size() > kMaxHead) return no_http(pending_);
    return {};
  }
  const std::string head = pending_.substr(0, end);
  pending_.erase(0, end + 4);
  progressed = true;
  return parse_head(head);
}

Result<> HttpResponse::parse_head(std::string_view head) {
  // "HTTP/1.1 200 OK"
  const auto status = parse_unsigned(head.size() >= 12 ? head.substr(9, 3) : std::string_view());
  if (!status || *status < 100) return no_http(head);
  if (*status < 200) return {};  // 100 Continue and the like: the answer is still to come
  status_ = static_cast<int>(*status);
  state_ = State::kUntilClose;
  bool chunked = false;
  for (const std::string& line : split(head, '\n')) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string name = lower(trim(std::string_view(line).substr(0, colon)));
    const std::string_view text = trim(std::string_view(line).substr(colon + 1));
    const std::string value = lower(text);
    if (name == "location") location_ = text;
    if (name == "transfer-encoding" && value.ends_with("chunked")) chunked = true;
    if (name == "content-length") {
      const auto length = parse_unsigned(value);
      if (!length) return no_http(line);
      left_ = *length;
      state_ = left_ == 0 ? State::kDone : State::kLength;
    }
  }
  if (chunked) {
    state_ = State::kChunkSize;
    left_ = 0;
  } else if (*status == 204 || *status == 304) {
    state_ = State::kDone;
  }
  return {};
}

Result<> HttpResponse::read_chunk_size(bool& progressed) {
  const std::size_t end = pending_.find("\r\n");
  if (end == std::string::npos) {
    if (pending_.size() > kMaxChunkLine) return no_http(pending_);
    return {};
  }
  // The line end behind a chunk's data belongs to the chunk: see read_counted().
  std::string line = pending_.substr(0, end);
  pending_.erase(0, end + 2);
  progressed = true;
  if (line.empty()) return {};
  line.resize(std::min(line.size(), line.find(';')));
  const auto size = parse_unsigned(trim(line), 16);
  if (!size) return no_http(line);
  left_ = *size;
  state_ = *size == 0 ? State::kDone : State::kChunk;
  return {};
}

void HttpResponse::read_counted(State then, bool& progressed) {
  const std::size_t part =
      static_cast<std::size_t>(std::min<std::uint64_t>(left_, pending_.size()));
  if (part == 0) return;
  keep(std::string_view(pending_).substr(0, part));
  if (done()) return;
  pending_.erase(0, part);
  left_ -= part;
  if (left_ != 0) return;
  state_ = then;
  progressed = true;
}

void HttpResponse::keep(std::string_view bytes) {
  body_.append(bytes.substr(0, kMaxBody - std::min(kMaxBody, body_.size())));
  if (body_.size() >= kMaxBody) state_ = State::kDone;
}

}  // namespace gannet::agent
