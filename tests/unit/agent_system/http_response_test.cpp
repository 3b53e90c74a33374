#include "agent/probes/http_response.h"

#include <gtest/gtest.h>

namespace gannet::agent {
namespace {

/// Feeds `text` in pieces of `step` bytes and ends the connection.
Result<HttpResponse> read(std::string_view text, std::size_t step) {
  HttpResponse response;
  while (!text.empty() && !response.done()) {
    TRY_VOID(response.feed(text.substr(0, step)));
    text.remove_prefix(std::min(step, text.size()));
  }
  TRY_VOID(response.finish());
  return response;
}

class HttpResponseTest : public ::testing::TestWithParam<std::size_t> {};

TEST_P(HttpResponseTest, ReadsABodyWithALength) {
  const auto response =
      read("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX: y\r\n\r\nhelloSURPLUS", GetParam());
  ASSERT_TRUE(response.has_value()) << response.error().context;
  EXPECT_EQ(response->status(), 200);
  EXPECT_EQ(response->body(), "hello");
}

TEST_P(HttpResponseTest, ReadsABodyThatEndsWithTheConnection) {
  const auto response = read("HTTP/1.0 503 Busy\r\nServer: x\r\n\r\nhello there", GetParam());
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status(), 503);
  EXPECT_EQ(response->body(), "hello there");
}

TEST_P(HttpResponseTest, ReadsChunks) {
  const auto response = read(
      "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n"
      "5\r\nhello\r\nA;ext=1\r\n, 12345678\r\n0\r\n\r\n",
      GetParam());
  ASSERT_TRUE(response.has_value()) << response.error().context;
  EXPECT_EQ(response->body(), "hello, 12345678");
}

TEST_P(HttpResponseTest, SkipsInformationalAnswers) {
  const auto response =
      read("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\nContent-Length: 9\r\n\r\n",
           GetParam());
  ASSERT_TRUE(response.has_value());
  EXPECT_EQ(response->status(), 204);
  EXPECT_EQ(response->body(), "");
}

TEST_P(HttpResponseTest, RefusesWhatIsNoHttp) {
  const auto response = read("SSH-2.0-OpenSSH_9.2p1\r\n", GetParam());
  ASSERT_FALSE(response.has_value());
  EXPECT_EQ(response.error().code, Code::kBadMessage);
}

TEST_P(HttpResponseTest, RefusesABadLengthStatusOrChunk) {
  EXPECT_FALSE(read("HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", GetParam()).has_value());
  EXPECT_FALSE(read("HTTP/1.1 abc\r\n\r\n", GetParam()).has_value());
  EXPECT_FALSE(
      read("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", GetParam()).has_value());
}

TEST_P(HttpResponseTest, NoticesAnEarlyEnd) {
  for (const char* text :
       {"", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhi"}) {
    const auto response = read(text, GetParam());
    ASSERT_FALSE(response.has_value()) << text;
    EXPECT_EQ(response.error().code, Code::kDisconnected);
  }
}

INSTANTIATE_TEST_SUITE_P(InPiecesOf, HttpResponseTest, ::testing::Values(1, 3, 7, 100'000));

TEST(HttpResponseLimits, KeepsNoMoreOfABodyThanItMay) {
  HttpResponse response;
  ASSERT_TRUE(response.feed("HTTP/1.1 200 OK\r\n\r\n").has_value());
  const std::string block(100'000, 'x');
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(response.feed(block).has_value());
  EXPECT_TRUE(response.done());
  EXPECT_EQ(response.body().size(), HttpResponse::kMaxBody);
}

TEST(HttpResponseLimits, RefusesAHeadWithoutEnd) {
  HttpResponse response;
  EXPECT_FALSE(response.feed("HTTP/1.1 200 OK\r\n" + std::string(70'000, 'h')).has_value());
}

}  // namespace
}  // namespace gannet::agent
