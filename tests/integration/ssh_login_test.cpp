// Host keys and logging in, against real sshds.
#include <atomic>
#include <csignal>
#include <thread>

#include "tests/integration/ssh_transport_fixture.h"

namespace gannet::controller {
namespace {

using std::chrono::seconds;
using test::KeyType;

class SshLoginTest : public SshTransportTest {
 protected:
  /// A server that lets in the key of `key_file` only.
  [[nodiscard]] static test::SshServerOptions for_key(const std::string& key_file) {
    test::SshServerOptions options;
    options.authorized_keys = {test::read_file(key_file + ".pub")};
    return options;
  }

  [[nodiscard]] std::string known_hosts(const std::string& text) {
    const std::string file = dir_ / ("hosts" + std::to_string(++files_));
    test::write_file(file, text);
    return file;
  }

  [[nodiscard]] static std::string name_of(const test::SshServer& server) {
    return "[" + server.address() + "]:" + std::to_string(server.port());
  }
};

class SshKeyTypeTest : public SshLoginTest, public ::testing::WithParamInterface<KeyType> {};

TEST_P(SshKeyTypeTest, LogsInWithAKeyFile) {
  const std::string file = dir_ / "key";
  test::make_key(file, GetParam());
  const test::SshServer server(for_key(file));
  Target target = target_for(server);
  target.identity_files = {file};
  const auto session = connect(target);
  EXPECT_TRUE(session) << session.error().context;
}

INSTANTIATE_TEST_SUITE_P(All, SshKeyTypeTest,
                         ::testing::Values(KeyType::kEd25519, KeyType::kEcdsa, KeyType::kRsa));

TEST_F(SshLoginTest, FindsTheDefaultKeyWhenNoneIsNamed) {
  std::filesystem::create_directory(dir_ / ".ssh");
  test::make_key(dir_ / ".ssh/id_ed25519");
  const test::SshServer server(for_key(dir_ / ".ssh/id_ed25519"));
  Target target = target_for(server);
  target.identity_files.clear();
  const auto session = connect(target);
  EXPECT_TRUE(session) << session.error().context;
}

TEST_F(SshLoginTest, AsksForAPassphraseOnceForTheWholeFleet) {
  const std::string file = dir_ / "key";
  test::make_key(file, KeyType::kEd25519, "open sesame");
  const auto fleet = test::SshServer::start_fleet(3, for_key(file));
  std::atomic<int> asked = 0;
  std::string question;
  options_.ask_secret = [&](const std::string& text) {
    ++asked;
    question = text;
    return Result<Secret>(Secret("open sesame"));
  };
  int running = 0;
  for (const auto& server : fleet) {
    Target target = target_for(*server);
    target.identity_files = {file};
    ++running;
    asio::co_spawn(io_, transport().connect(target, timeouts_),
                   [&](const std::exception_ptr&, Result<std::unique_ptr<Session>> session) {
                     --running;
                     EXPECT_TRUE(session) << session.error().context;
                   });
  }
  while (running > 0 && io_.run_one() > 0) {
  }
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(question, "passphrase for " + file);
}

TEST_F(SshLoginTest, SaysWhatToDoWithAnEncryptedKeyAndNoTerminal) {
  const std::string file = dir_ / "key";
  test::make_key(file, KeyType::kEd25519, "open sesame");
  const test::SshServer server(for_key(file));
  Target target = target_for(server);
  target.identity_files = {file};
  const auto session = connect(target);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::kAuthentication);
  EXPECT_EQ(session.error().context,
            "permission denied for " + target.user + ": tried " + file +
                " (needs a passphrase, and there is no terminal to ask on); server accepts: "
                "publickey");
  EXPECT_EQ(session.error().hint, "load the key once: ssh-add " + file);
}

TEST_F(SshLoginTest, GivesUpAfterThreeWrongPassphrases) {
  const std::string file = dir_ / "key";
  test::make_key(file, KeyType::kEd25519, "open sesame");
  const test::SshServer server(for_key(file));
  std::atomic<int> asked = 0;
  options_.ask_secret = [&](const std::string&) {
    ++asked;
    return Result<Secret>(Secret("guess"));
  };
  Target target = target_for(server);
  target.identity_files = {file};
  const auto session = connect(target);
  ASSERT_FALSE(session);
  EXPECT_NE(session.error().context.find(file + " (wrong passphrase)"), std::string::npos);
  EXPECT_EQ(asked, 3);
}

TEST_F(SshLoginTest, LogsInWithTheAgent) {
  const std::string file = dir_ / "key";
  test::make_key(file);
  test::make_key(dir_ / "other");
  const test::SshServer server(for_key(file));
  const test::SshAgent agent({dir_ / "other", file});
  options_.agent_socket = agent.socket();
  Target target = target_for(server);
  target.identity_files.clear();
  const auto session = connect(target);
  EXPECT_TRUE(session) << session.error().context;
}

TEST_F(SshLoginTest, UsesTheAgentForAnEncryptedFileThatTheAgentHolds) {
  const std::string file = dir_ / "key";
  test::make_key(file);
  const test::SshServer server(for_key(file));
  const test::SshAgent agent({file});
  test::run_command({"ssh-keygen", "-q", "-p", "-P", "", "-N", "open sesame", "-f", file});
  options_.agent_socket = agent.socket();
  Target target = target_for(server);
  target.identity_files = {file};
  const auto session = connect(target);
  EXPECT_TRUE(session) << session.error().context;
}

TEST_F(SshLoginTest, OffersNamedFilesBeforeTheAgentsManyKeys) {
  std::vector<std::string> others;
  for (int i = 0; i < 8; ++i) {
    others.push_back(dir_ / ("other" + std::to_string(i)));
    test::make_key(others.back());
  }
  const test::SshAgent agent(others);
  options_.agent_socket = agent.socket();
  const test::SshServer server;
  const auto session = connect(target_for(server));
  EXPECT_TRUE(session) << session.error().context;
}

TEST_F(SshLoginTest, SaysWhatWasTriedAndWhatTheServerAccepts) {
  test::make_key(dir_ / "one");
  test::make_key(dir_ / "two");
  const test::SshAgent agent({dir_ / "one", dir_ / "two"});
  options_.agent_socket = agent.socket();
  const test::SshServer server;
  Target target = target_for(server);
  test::make_key(dir_ / "wrong");
  target.identity_files = {dir_ / "wrong", dir_ / "missing"};
  const auto session = connect(target);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::kAuthentication);
  EXPECT_EQ(session.error().context,
            "permission denied for " + target.user + ": tried " + (dir_ / "wrong") + ", " +
                (dir_ / "missing") +
                " (No such file or directory), agent (2 keys); server accepts: publickey");
  EXPECT_EQ(session.error().hint, "add your public key to the host: ssh-copy-id -p " +
                                      std::to_string(server.port()) + " " + target.user + "@" +
                                      server.address());
}

TEST_F(SshLoginTest, LearnsWhatTheServerAcceptsWhenThereIsNoKeyAtAll) {
  const test::SshServer server;
  Target target = target_for(server);
  target.identity_files.clear();
  const auto session = connect(target);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().context, "permission denied for " + target.user +
                                         ": there was no key to try; server accepts: publickey");
}

TEST_F(SshLoginTest, NamesTooManyKeysAsTheReason) {
  std::vector<std::string> others;
  for (int i = 0; i < 8; ++i) {
    others.push_back(dir_ / ("other" + std::to_string(i)));
    test::make_key(others.back());
  }
  const test::SshAgent agent(others);
  options_.agent_socket = agent.socket();
  const test::SshServer server;
  Target target = target_for(server);
  target.identity_files.clear();
  const auto session = connect(target);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::kAuthentication) << session.error().context;
  EXPECT_NE(session.error().hint.find("identity_files"), std::string::npos)
      << session.error().context;
}

TEST_F(SshLoginTest, DoesNotLetAnAgentThatHangsHoldUpTheLoop) {
  const std::string file = dir_ / "key";
  test::make_key(file);
  const test::SshServer server(for_key(file));
  test::SshAgent agent({file});
  options_.agent_socket = agent.socket();
  Target target = target_for(server);
  target.identity_files.clear();
  ASSERT_TRUE(connect(target));  // the list of keys is known now
  agent.process().signal(SIGSTOP);
  timeouts_.authenticate = std::chrono::milliseconds(500);
  const auto before = std::chrono::steady_clock::now();
  const auto session = connect(target);
  EXPECT_LT(std::chrono::steady_clock::now() - before, seconds(5));
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::kTimeout);
  EXPECT_EQ(session.error().context, "the ssh agent did not answer within 500ms");
}

TEST_F(SshLoginTest, RefusesAnUnknownHostKey) {
  const test::SshServer server;
  Target target = target_for(server);
  const std::string file = known_hosts("");
  target.known_hosts_files = {file};
  const auto session = connect(target);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::kHostKeyUnknown);
  const auto key = HostKey::from_base64(server.host_key().substr(12));
  ASSERT_TRUE(key);
  EXPECT_EQ(session.error().context, "the host key of " + name_of(server) +
                                         " is not known: ssh-ed25519 " + key->fingerprint +
                                         " is not in " + file);
  EXPECT_EQ(session.error().hint,
            "compare the fingerprint with the host's own, then run: gannet inventory trust --on "
            "pi-1");
}

TEST_F(SshLoginTest, RefusesAChangedHostKeyAndSaysWhereTheOldOneStands) {
  test::make_key(dir_ / "old");
  const std::string old_line = test::read_file(dir_ / "old.pub");
  const test::SshServer server;
  Target target = target_for(server);
  const std::string file = known_hosts("# a comment\n" + name_of(server) + " " + old_line);
  target.known_hosts_files = {file};
  const auto session = connect(target);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::kHostKeyChanged);
  EXPECT_NE(session.error().context.find(file + ":2 says ssh-ed25519 SHA256:"), std::string::npos)
      << session.error().context;
  EXPECT_EQ(session.error().hint, "only if the host was set up anew, run: ssh-keygen -R '" +
                                      name_of(server) + "' -f " + file +
                                      " && gannet inventory trust --on pi-1");
}

TEST_F(SshLoginTest, RefusesARevokedHostKey) {
  const test::SshServer server;
  Target target = target_for(server);
  const std::string file =
      known_hosts(server.known_hosts() + "@revoked * " + server.host_key() + "\n");
  target.known_hosts_files = {file};
  const auto session = connect(target);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, Code::kHostKeyChanged);
  EXPECT_NE(session.error().context.find("is marked @revoked at " + file + ":2"), std::string::npos)
      << session.error().context;
}

TEST_F(SshLoginTest, AsksAHostWithSeveralKeysForTheOneThatIsKnown) {
  test::SshServerOptions options;
  options.host_keys = {KeyType::kEd25519, KeyType::kEcdsa, KeyType::kRsa};
  const test::SshServer server(options);
  for (const KeyType type : options.host_keys) {
    Target target = target_for(server);
    target.known_hosts_files = {known_hosts(name_of(server) + " " + server.host_key(type) + "\n")};
    const auto session = connect(target);
    EXPECT_TRUE(session) << session.error().context;
  }
}

TEST_F(SshLoginTest, FindsTheKnownKeyAmongSeveralWhenNamesAreHashed) {
  test::SshServerOptions options;
  options.host_keys = {KeyType::kEd25519, KeyType::kRsa};
  const test::SshServer server(options);
  Target target = target_for(server);
  // The other line makes ed25519 the likely type; only the full search finds that it is RSA here.
  test::make_key(dir_ / "else");
  const std::string file =
      known_hosts("elsewhere " + test::read_file(dir_ / "else.pub") + name_of(server) + " " +
                  server.host_key(KeyType::kRsa) + "\n");
  test::run_command({"ssh-keygen", "-q", "-H", "-f", file});
  target.known_hosts_files = {file};
  const auto session = connect(target);
  EXPECT_TRUE(session) << session.error().context;
}

TEST_F(SshLoginTest, FetchesTheHostKeyWithoutLoggingIn) {
  const test::SshServer server;
  Target target = target_for(server);
  target.known_hosts_files = {dir_ / "none"};
  target.identity_files.clear();
  const auto key = run(transport().fetch_host_key(target, timeouts_));
  ASSERT_TRUE(key) << key.error().context;
  EXPECT_EQ(key->type + " " + key->base64, server.host_key());
  std::vector<KnownHostsEntry> entries(1);
  entries[0] = {target.address, target.port, *key};
  ASSERT_TRUE(add_to_known_hosts(dir_ / "new/known_hosts", entries));
  target = target_for(server);
  target.known_hosts_files = {dir_ / "new/known_hosts"};
  EXPECT_TRUE(connect(target));
}

}  // namespace
}  // namespace gannet::controller
