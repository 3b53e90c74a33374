#include <gtest/gtest.h>

#include "agent/probes/http_request.h"
#include "agent/probes/net_probes.h"
#include "agent/probes/tcp_connect.h"
#include "tests/unit/agent_system/fake_peer.h"
#include "tests/unit/agent_system/support.h"

namespace gannet::agent {
namespace {

using protocol::CheckKind;
using protocol::Severity;

protocol::Check http(const std::string& url) {
  protocol::Check check = make_check(CheckKind::kHttp, url);
  check.timeout_ms = 20'000;
  return check;
}

/// What a message begins with: the time it took differs.
::testing::AssertionResult begins(const std::string& text, const std::string& beginning) {
  if (text.starts_with(beginning)) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "\"" << text << "\" does not begin with \"" << beginning;
}

TEST(HttpProbe, PassesOnTheExpectedStatus) {
  FakePeer peer({"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"});
  const auto finding = probe(http(peer.url("/healthz?deep=1")));
  EXPECT_EQ(finding.severity, Severity::kPass);
  EXPECT_TRUE(begins(finding.message, peer.url("/healthz?deep=1") + " answered 200 in "));
  EXPECT_EQ(value_of(finding, "status"), "200");
  EXPECT_TRUE(begins(peer.request(), "GET /healthz?deep=1 HTTP/1.1\r\nHost: 127.0.0.1:" +
                                         std::to_string(peer.port()) + "\r\n"));
}

TEST(HttpProbe, FailsOnAnotherStatusAndNamesBoth) {
  FakePeer peer({"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n"});
  const auto finding = probe(http(peer.url()));
  EXPECT_EQ(finding.severity, Severity::kFail);
  EXPECT_TRUE(begins(finding.message, peer.url() + " answered 500, wanted: 200 in "));
}

TEST(HttpProbe, TakesARedirectAsTheAnswer) {
  FakePeer peer({"HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n"});
  protocol::Check check = http(peer.url());
  check.expect = 301;
  EXPECT_EQ(probe(check).severity, Severity::kPass);
}

TEST(HttpProbe, FindsThePatternInAChunkedBodyOfManyPackets) {
  FakePeer peer({"HTTP/1.1 200 OK\r\nTransfer-Enc", "oding: chunked\r\n\r\n4\r\nstat",
                 "\r\n8\r\nus: fine\r\n", "0\r\n\r\n"});
  protocol::Check check = http(peer.url());
  check.pattern = "status: fine";
  const auto finding = probe(check);
  EXPECT_EQ(finding.severity, Severity::kPass) << finding.message;
}

TEST(HttpProbe, FailsWhenThePatternIsMissing) {
  FakePeer peer({"HTTP/1.1 200 OK\r\n\r\nstarting"});
  protocol::Check check = http(peer.url());
  check.pattern = "ready";
  EXPECT_TRUE(begins(probe(check).message, peer.url() + " answered 200 without \"ready\" in "));
}

TEST(HttpProbe, EndsWithinItsTimeoutWhenThePeerIsSilent) {
  FakePeer peer({"HTTP/1.1 200 OK\r\n"}, FakePeer::Then::kStaySilent);
  protocol::Check check = http(peer.url());
  check.timeout_ms = 150;
  const auto finding = probe(check);
  EXPECT_EQ(finding.message, peer.url() + ": no answer in time (150ms)");
}

TEST(HttpProbe, SaysWhenTheAnswerIsNoHttp) {
  FakePeer peer({"SSH-2.0-OpenSSH_9.2\r\n"});
  EXPECT_EQ(probe(http(peer.url())).message,
            peer.url() + ": the answer is no HTTP: \"SSH-2.0-OpenSSH_9.2\"");
}

TEST(HttpProbe, SaysWhenThePeerHangsUp) {
  FakePeer peer({});
  EXPECT_EQ(probe(http(peer.url())).message,
            peer.url() + ": the connection was closed without an answer");
}

TEST(HttpProbe, SaysWhenNobodyListens) {
  LoopbackPort port;
  const std::string where = "127.0.0.1:" + std::to_string(port.port());
  port.close();
  EXPECT_EQ(probe(http("http://" + where + "/")).message,
            "http://" + where + "/: connect to " + where + ": Connection refused");
}

TEST(HttpProbe, NeedsANameThatIsKnownHere) {
  const auto finding = probe(http("http://api.lan:8080/x"), pi4());
  EXPECT_EQ(finding.message,
            "http://api.lan:8080/x: \"api.lan\" is no address and is not in /etc/hosts");
  EXPECT_EQ(finding.hint, "use an address (the agent asks no DNS), or a command: check with curl");
}

TEST(HttpProbe, RefusesHttps) {
  EXPECT_EQ(probe(http("https://127.0.0.1/")).message,
            "https://127.0.0.1/: the agent speaks http only");
}

TEST(HttpProbe, StopsWhenAsked) {
  FakePeer peer({}, FakePeer::Then::kStaySilent);
  StopAfter stop(5);
  const HostTree tree;
  const auto finding = run_check(http(peer.url()), ProbeContext{tree, stop, std::nullopt});
  EXPECT_EQ(finding.severity, Severity::kFail);
  EXPECT_EQ(finding.message, peer.url() + ": cancelled");
}

TEST(ParseUrl, ReadsHostPortAndPath) {
  const auto full = parse_url("http://[::1]:8080/a/b?c=d#e");
  ASSERT_TRUE(full.has_value());
  EXPECT_EQ(full->host, "::1");
  EXPECT_EQ(full->port, 8080);
  EXPECT_EQ(full->path, "/a/b?c=d");
  const auto bare = parse_url("http://localhost");
  ASSERT_TRUE(bare.has_value());
  EXPECT_EQ(bare->port, 80);
  EXPECT_EQ(bare->path, "/");
  EXPECT_EQ(parse_url("http://h?q")->path, "/?q");
}

TEST(ParseUrl, RefusesWhatItCannotAsk) {
  for (const char* text :
       {"", "ftp://x/", "http://", "http://:80/", "http://h:0/", "http://h:x/", "http://h:99999/",
        "http://[::1/", "http://h/a b", "http://h/a\r\nX: y"}) {
    EXPECT_FALSE(parse_url(text).has_value()) << text;
  }
}

TEST(TcpProbe, PassesWhenThePortAccepts) {
  const LoopbackPort port;
  protocol::Check check = make_check(CheckKind::kTcp, "localhost");
  check.port = port.port();
  EXPECT_EQ(probe(check).message,
            "localhost:" + std::to_string(port.port()) + " accepts connections");
  check.target = "127.0.0.1:" + std::to_string(port.port());
  check.port = 0;
  EXPECT_EQ(probe(check).severity, Severity::kPass);
}

TEST(TcpProbe, FailsWhenItDoesNot) {
  LoopbackPort port;
  const std::string where = "127.0.0.1:" + std::to_string(port.port());
  port.close();
  const auto finding = probe(make_check(CheckKind::kTcp, where));
  EXPECT_EQ(finding.severity, Severity::kFail);
  EXPECT_EQ(finding.message, where + ": connect to " + where + ": Connection refused");
}

TEST(TcpProbe, NeedsAPort) {
  EXPECT_EQ(probe(make_check(CheckKind::kTcp, "127.0.0.1")).message, "127.0.0.1: names no port");
}

TEST(ResolveLocally, KnowsAddressesLocalhostAndTheHostsFile) {
  const HostTree tree = pi4();
  EXPECT_EQ(resolve_locally(tree, "10.1.2.3", 5)->at(0).text, "10.1.2.3:5");
  EXPECT_EQ(resolve_locally(tree, "fe80::1", 5)->at(0).text, "[fe80::1]:5");
  const auto local = resolve_locally(tree, "localhost", 5);
  ASSERT_EQ(local->size(), 2U);
  EXPECT_EQ(local->at(1).text, "[::1]:5");
  EXPECT_EQ(resolve_locally(tree, "db.lan", 5)->at(0).text, "10.0.0.7:5");
  EXPECT_FALSE(resolve_locally(tree, "other", 5).has_value());
  EXPECT_FALSE(resolve_locally(tree, "Pi", 5).has_value());  // only a word of a comment
}

}  // namespace
}  // namespace gannet::agent
