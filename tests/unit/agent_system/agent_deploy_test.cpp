// One deployment through the built program: prepare, upload, apply, and what follows.
#include <filesystem>

#include <zstd.h>

#include "base/hash.h"
#include "tests/unit/agent_system/agent_program.h"

namespace gannet::agent {
namespace {

using protocol::FrameType;

constexpr const char* kTransaction = "20261123T100112Z-0000abcd";

void append(protocol::Bytes& bytes, std::span<const std::byte> more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

/// The zstd stream of one blob: digest, size in little-endian, content.
protocol::Bytes blob_stream(const std::string& content) {
  protocol::Bytes plain;
  append(plain, sha256(content).bytes);
  for (unsigned shift = 0; shift < 64; shift += 8) {
    plain.push_back(static_cast<std::byte>((content.size() >> shift) & 0xFFU));
  }
  append(plain, std::as_bytes(std::span(content)));
  protocol::Bytes packed(ZSTD_compressBound(plain.size()));
  packed.resize(ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), 3));
  return packed;
}

class AgentDeployTest : public AgentProgram {
 protected:
  /// A release of one file, healthy as soon as it is there.
  protocol::Release release(const std::string& content) {
    protocol::FileEntry file;
    file.path = temp_.path("etc/app.toml");
    file.content = sha256(content);
    file.size = content.size();
    protocol::Release made;
    made.service = "app";
    made.id = "20261123T100112Z-7f3a9c1e";
    made.files = {file};
    made.after = {{"echo reloaded", 20'000}};
    made.health.checks = {make_check(protocol::CheckKind::kFile, file.path)};
    made.health.stable_for_ms = 0;
    made.health.timeout_ms = 20'000;
    return made;
  }

  /// A session up to the end of hello.
  protocol::HelloReply begin_session() {
    serve();
    return client_->wait(client_->send_hello()).as<protocol::HelloReply>();
  }

  void end_session() {
    client_->close_input();
    EXPECT_EQ(exit_code(), 0) << read_word(temp_.path("stderr"));
  }

  void upload(const std::string& content) {
    const std::uint32_t id = client_->send(
        FrameType::kUpload, protocol::encode(protocol::UploadRequest{1, content.size()}));
    client_->send_for(id, FrameType::kData, blob_stream(content));
    client_->send_for(id, FrameType::kDataEnd);
    const Answer stored = client_->wait(id);
    ASSERT_FALSE(stored.is_error) << stored.error.context;
    EXPECT_EQ(stored.as<protocol::UploadReply>().stored, 1U);
  }

  Answer apply(const protocol::Release& release, std::uint64_t watchdog_ms) {
    protocol::ApplyRequest request;
    request.transaction = kTransaction;
    request.reason = "deploy test";
    request.releases = {release};
    request.watchdog_ms = watchdog_ms;
    return client_->call(FrameType::kApply, protocol::encode(request));
  }

  /// Prepare, upload and apply of "new", over a host that has "old".
  void deploy(std::uint64_t watchdog_ms) {
    temp_.write("etc/app.toml", "old");
    (void)begin_session();
    protocol::PrepareRequest prepare;
    prepare.releases = {release("new")};
    const Answer prepared = client_->call(FrameType::kPrepare, protocol::encode(prepare));
    ASSERT_FALSE(prepared.is_error) << prepared.error.context;
    ASSERT_EQ(prepared.as<protocol::PrepareReply>().missing.size(), 1U);
    upload("new");
    const Answer applied = apply(release("new"), watchdog_ms);
    ASSERT_FALSE(applied.is_error) << applied.error.context;
    const auto reply = applied.as<protocol::ApplyReply>();
    ASSERT_EQ(reply.outcome, protocol::ApplyOutcome::kHealthy) << reply.error;
    EXPECT_EQ(content(), "new");
    EXPECT_EQ(applied.output(protocol::EventKind::kStdout), "reloaded\n");
  }

  std::string content() { return read_word(temp_.path("etc/app.toml")); }

  /// True when no transaction is open: its watchdog has nothing to watch any more.
  bool journal_is_empty() { return list_directory(temp_.path("state/journal")).empty(); }
};

TEST_F(AgentDeployTest, AReleaseIsCommittedByASecondSession) {
  deploy(60'000);
  end_session();
  (void)begin_session();
  protocol::CommitRequest request;
  request.transaction = kTransaction;
  const Answer committed = client_->call(FrameType::kCommit, protocol::encode(request));
  ASSERT_FALSE(committed.is_error) << committed.error.context;
  end_session();
  EXPECT_EQ(content(), "new");
  EXPECT_TRUE(journal_is_empty());
}

TEST_F(AgentDeployTest, TheWatchdogPutsBackWhatNobodyCommits) {
  deploy(1'500);
  end_session();
  EXPECT_TRUE(eventually([&] { return content() == "old"; }));
  EXPECT_TRUE(eventually([&] { return journal_is_empty(); }));
}

TEST_F(AgentDeployTest, TheWatchdogLivesWhenTheAgentIsKilled) {
  deploy(1'500);
  ::kill(pid_, SIGKILL);
  EXPECT_EQ(exit_code(), 128 + SIGKILL);
  EXPECT_TRUE(eventually([&] { return content() == "old"; }));
  EXPECT_TRUE(eventually([&] { return journal_is_empty(); }));
}

TEST_F(AgentDeployTest, TheEndOfTheLinkRestoresARunningApply) {
  temp_.write("etc/app.toml", "old");
  (void)begin_session();
  upload("new");
  protocol::Release slow = release("new");
  // Slow only the first time: the hook runs again when what was there before is back.
  const std::string mark = temp_.path("ran");
  slow.after = {{"test -e " + mark + " || { touch " + mark + "; sleep 300; }", 300'000}};
  protocol::ApplyRequest request;
  request.transaction = kTransaction;
  request.releases = {slow};
  request.watchdog_ms = 300'000;
  client_->send(FrameType::kApply, protocol::encode(request));
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(mark); }));
  EXPECT_EQ(content(), "new");
  client_->close_input();
  EXPECT_EQ(exit_code(), 0) << read_word(temp_.path("stderr"));
  EXPECT_EQ(content(), "old");
  EXPECT_TRUE(journal_is_empty());
}

TEST_F(AgentDeployTest, RemoveTakesTheStateAndLeavesTheFiles) {
  deploy(60'000);
  protocol::CommitRequest commit;
  commit.transaction = kTransaction;
  ASSERT_FALSE(client_->call(FrameType::kCommit, protocol::encode(commit)).is_error);
  const Answer removed =
      client_->call(FrameType::kRemove, protocol::encode(protocol::RemoveRequest{true}));
  ASSERT_FALSE(removed.is_error) << removed.error.context;
  end_session();
  EXPECT_FALSE(std::filesystem::exists(temp_.path("state")));
  EXPECT_EQ(content(), "new");
}

}  // namespace
}  // namespace gannet::agent
