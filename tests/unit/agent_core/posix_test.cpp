// The same engine on a real disk.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/core/file_tools.h"
#include "agent/core/posix_file_system.h"
#include "tests/unit/agent_core/host_fixture.h"

namespace gannet::agent {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class PosixTest : public testing::Test {
 protected:
  PosixTest() {
    std::string pattern = (fs::temp_directory_path() / "gannet-core-XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    host_ = std::make_unique<Host>(disk_, root_ + "/state");
  }
  ~PosixTest() override {
    std::error_code ignored;
    fs::remove_all(root_, ignored);
  }

  [[nodiscard]] std::string path(const std::string& name) const { return root_ + "/" + name; }
  void write(const std::string& name, const std::string& content) const {
    fs::create_directories(fs::path(path(name)).parent_path());
    std::ofstream(path(name)) << content;
  }
  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream file(path(name));
    if (!file) return "(absent)";
    return {std::istreambuf_iterator<char>(file), {}};
  }
  protocol::Release release(const std::string& id,
                            const std::map<std::string, std::string>& files) {
    std::map<std::string, std::string> below;
    for (const auto& [name, content] : files) below[path(name)] = content;
    return host_->contents.release("web", id, below);
  }

  PosixFileSystem disk_;
  std::string root_;
  std::unique_ptr<Host> host_;
};

TEST_F(PosixTest, DeploysTwoHundredFilesAndSendsOnlyTheChangedOne) {
  std::map<std::string, std::string> files;
  for (int i = 0; i < 200; ++i) files["app/" + std::to_string(i)] = std::to_string(i);
  auto state = host_->open();
  ASSERT_TRUE(host_->deploy(*state, "t1", {release("r1", files)}).has_value());
  EXPECT_EQ(read("app/199"), "199");
  files["app/7"] = "changed";
  protocol::PrepareRequest request;
  request.releases = {release("r2", files)};
  const auto reply = state->prepare(request, host_->progress);
  ASSERT_TRUE(reply.has_value());
  EXPECT_EQ(reply->missing.size(), 1U);
  EXPECT_EQ(reply->plans[0].files.size(), 1U);
  ASSERT_TRUE(host_->deploy(*state, "t2", request.releases).has_value());
  EXPECT_EQ(read("app/7"), "changed");
}

TEST_F(PosixTest, StateIsForItsOwnerOnlyAndFilesHaveTheirModes) {
  const auto old_umask = ::umask(077);
  auto state = host_->open();
  auto wanted = release("r1", {{"new/dir/run", "x"}});
  wanted.files[0].mode = 0755;
  ASSERT_TRUE(host_->deploy(*state, "t1", {wanted}).has_value());
  ::umask(old_umask);
  EXPECT_EQ(fs::status(path("state")).permissions(), fs::perms(0700));
  EXPECT_EQ(fs::status(path("new/dir")).permissions(), fs::perms(0755));
  EXPECT_EQ(fs::status(path("new/dir/run")).permissions(), fs::perms(0755));
}

TEST_F(PosixTest, RestoreBringsBackAbsentFilesAndDirectories) {
  write("etc/conf", "old");
  fs::permissions(path("etc/conf"), fs::perms(0604));
  auto state = host_->open();
  auto wanted = release("r1", {{"etc/conf", "new"}, {"srv/a/b", "x"}});
  const auto reply = host_->apply(*state, Host::request("t1", {wanted}));
  ASSERT_TRUE(reply.has_value()) << reply.error().context;
  EXPECT_EQ(read("etc/conf"), "new");
  ASSERT_TRUE(state->restore({"t1", "test"}, host_->progress)->restored);
  EXPECT_EQ(read("etc/conf"), "old");
  EXPECT_EQ(fs::status(path("etc/conf")).permissions(), fs::perms(0604));
  EXPECT_FALSE(fs::exists(path("srv")));
}

TEST_F(PosixTest, SymlinkAtTheDestinationIsRefused) {
  write("target", "precious");
  fs::create_symlink(path("target"), path("link"));
  auto state = host_->open();
  const auto reply = host_->apply(*state, Host::request("t1", {release("r1", {{"link", "x"}})}));
  ASSERT_FALSE(reply.has_value());
  EXPECT_EQ(reply.error().code, Code::kConflict);
  EXPECT_THAT(reply.error().context, HasSubstr("is a symlink"));
  EXPECT_EQ(read("target"), "precious");
}

TEST_F(PosixTest, SymlinkThatAppearsDuringApplyIsNotFollowed) {
  write("target", "precious");
  auto state = host_->open();
  auto wanted = release("r1", {{"app/file", "x"}});
  wanted.before = {{"attack", 1'000}};
  host_->actions.on_hook = [this](const std::string&) {
    fs::create_directories(path("app"));
    fs::create_symlink(path("target"), path("app/file"));
  };
  const auto reply = host_->apply(*state, Host::request("t1", {wanted}));
  ASSERT_TRUE(reply.has_value()) << reply.error().context;
  EXPECT_NE(reply->outcome, protocol::ApplyOutcome::kHealthy);
  EXPECT_EQ(read("target"), "precious");
}

TEST_F(PosixTest, TrustedLinkAmongTheParentsIsFollowedAnotherIsNot) {
  fs::create_directories(path("real"));
  fs::create_directory_symlink(path("real"), path("ours"));
  auto state = host_->open();
  ASSERT_TRUE(host_->deploy(*state, "t1", {release("r1", {{"ours/f", "x"}})}).has_value());
  EXPECT_EQ(read("real/f"), "x");
  // Where everybody may write, everybody may have put the link there.
  fs::create_directories(path("open"));
  fs::create_directory_symlink(path("real"), path("open/link"));
  fs::permissions(path("open"), fs::perms(0777));
  protocol::PrepareRequest request;
  request.releases = {release("r2", {{"open/link/f", "x"}})};
  const auto refused = state->prepare(request, host_->progress);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_THAT(refused.error().context, HasSubstr("link is a symlink"));
}

TEST_F(PosixTest, FileWhereADirectoryIsNeededIsNamed) {
  write("app", "a file");
  auto state = host_->open();
  protocol::PrepareRequest request;
  request.releases = {release("r1", {{"app/x/y", "x"}})};
  const auto refused = state->prepare(request, host_->progress);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, Code::kConflict);
}

TEST_F(PosixTest, LockIsHeldBetweenSessionsAndFreedWithThem) {
  const std::string lock = path("lock");
  auto first = disk_.try_lock(lock, LockMode::kExclusive);
  ASSERT_TRUE(first.has_value() && *first != nullptr);
  ASSERT_TRUE((*first)->describe("alice").has_value());
  EXPECT_EQ(read("lock"), "alice");
  EXPECT_EQ(*disk_.try_lock(lock, LockMode::kShared), nullptr);
  first->reset();
  auto shared = disk_.try_lock(lock, LockMode::kShared);
  auto also = disk_.try_lock(lock, LockMode::kShared);
  EXPECT_NE(*also, nullptr);
  EXPECT_EQ(*disk_.try_lock(lock, LockMode::kExclusive), nullptr);
}

TEST_F(PosixTest, OperationsNameThePathAndTheCause) {
  EXPECT_EQ(disk_.open(path("none")).error().context,
            "open " + path("none") + ": No such file or directory");
  EXPECT_EQ(disk_.open(path("none")).error().code, Code::kNotFound);
  EXPECT_FALSE(disk_.stat(path("none/below"))->has_value());
  write("file", "x");
  EXPECT_FALSE(disk_.create(path("file")).has_value());
  EXPECT_EQ(disk_.make_dir(path("file"), 0755).error().code, Code::kConflict);
  EXPECT_EQ(disk_.open(root_).error().code, Code::kConflict);
  EXPECT_EQ(read_file(disk_, path("file"), 0).error().code, Code::kConflict);
  EXPECT_GT(disk_.space(root_)->free_bytes, 0U);
  EXPECT_TRUE(disk_.check_writable(root_).has_value());
}

}  // namespace
}  // namespace gannet::agent
