#include "controller/ssh/host_keys.h"

#include <gtest/gtest.h>

namespace gannet::controller {
namespace {

class AcceptHostKeyTest : public ::testing::Test {
 protected:
  AcceptHostKeyTest() {
    target_.name = "pi-3";
    target_.address = "10.0.0.5";
    target_.port = 2222;
    target_.known_hosts_files = {"/home/me/.ssh/known_hosts"};
    key_.type = "ssh-ed25519";
    key_.fingerprint = "SHA256:new";
  }

  Error error_for(KnownHosts::Verdict verdict) {
    KnownHosts::Answer answer;
    answer.verdict = verdict;
    KnownHosts::Known known;
    known.key.type = "ssh-rsa";
    known.key.fingerprint = "SHA256:old";
    known.file = "/home/me/.ssh/known_hosts";
    known.line = 7;
    answer.known = {known};
    const auto result = accept_host_key(target_, key_, answer);
    return result ? Error{} : result.error();
  }

  Target target_;
  HostKey key_;
};

TEST_F(AcceptHostKeyTest, AcceptsATrustedKey) {
  EXPECT_TRUE(accept_host_key(target_, key_, {KnownHosts::Verdict::kTrusted, {}}));
}

TEST_F(AcceptHostKeyTest, NamesTrustForAnUnknownKey) {
  const Error error = error_for(KnownHosts::Verdict::kUnknown);
  EXPECT_EQ(error.code, Code::kHostKeyUnknown);
  EXPECT_EQ(error.context,
            "the host key of [10.0.0.5]:2222 is not known: ssh-ed25519 SHA256:new is not in "
            "/home/me/.ssh/known_hosts");
  EXPECT_EQ(error.hint,
            "compare the fingerprint with the host's own, then run: gannet inventory trust --on "
            "pi-3");
}

TEST_F(AcceptHostKeyTest, NamesBothKeysAndTheFixForAChangedKey) {
  const Error error = error_for(KnownHosts::Verdict::kChanged);
  EXPECT_EQ(error.code, Code::kHostKeyChanged);
  EXPECT_EQ(error.context,
            "the host key of [10.0.0.5]:2222 has changed: the host presents ssh-ed25519 "
            "SHA256:new, but /home/me/.ssh/known_hosts:7 says ssh-rsa SHA256:old; somebody may be "
            "listening in");
  EXPECT_EQ(error.hint,
            "only if the host was set up anew, run: ssh-keygen -R '[10.0.0.5]:2222' -f "
            "/home/me/.ssh/known_hosts && gannet inventory trust --on pi-3");
}

TEST_F(AcceptHostKeyTest, RefusesARevokedKey) {
  const Error error = error_for(KnownHosts::Verdict::kRevoked);
  EXPECT_EQ(error.code, Code::kHostKeyChanged);
  EXPECT_EQ(error.context,
            "the host key of [10.0.0.5]:2222 is revoked: ssh-ed25519 SHA256:new is marked "
            "@revoked at /home/me/.ssh/known_hosts:7");
}

TEST_F(AcceptHostKeyTest, SaysThatCertificatesAreNotSupportedYet) {
  const Error error = error_for(KnownHosts::Verdict::kCertAuthority);
  EXPECT_EQ(error.code, Code::kHostKeyUnknown);
  EXPECT_EQ(error.context,
            "the host key of [10.0.0.5]:2222 is not known: ssh-ed25519 SHA256:new; "
            "/home/me/.ssh/known_hosts:7 names a @cert-authority, and host certificates are not "
            "supported yet");
}

TEST(HostKeyAlgorithms, PutsKnownTypesFirstAndRsaUnderItsShaTwoNames) {
  EXPECT_EQ(host_key_algorithms({}),
            "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,"
            "rsa-sha2-512,rsa-sha2-256");
  const std::vector<std::string> rsa = {"ssh-rsa"};
  EXPECT_EQ(host_key_algorithms(rsa),
            "rsa-sha2-512,rsa-sha2-256,ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,"
            "ecdsa-sha2-nistp521");
}

TEST(KnownHostsName, PutsOtherPortsBesideTheName) {
  EXPECT_EQ(known_hosts_name("Pi-1", 22), "pi-1");
  EXPECT_EQ(known_hosts_name("10.0.0.5", 2222), "[10.0.0.5]:2222");
}

TEST(Base64, RoundTripsAndRefusesWhatIsNone) {
  for (const std::string bytes : {"", "a", "ab", "abc", "abcd"}) {
    if (bytes.empty()) continue;
    EXPECT_EQ(decode_base64(encode_base64(bytes)).value_or("?"), bytes);
  }
  for (const std::string text : {"", "A", "AAA", "AA=A", "AA A", "AAAA\n", "===="}) {
    EXPECT_FALSE(decode_base64(text)) << text;
  }
}

}  // namespace
}  // namespace gannet::controller
