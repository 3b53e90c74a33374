// An agent that is not one, and destinations that lead elsewhere.
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocol/frame.h"
#include "protocol/handshake.h"
#include "protocol/messages.h"
#include "tests/integration/projects.h"
#include "tests/support/fleet.h"

namespace gannet::test {
namespace {

namespace fs = std::filesystem;
using protocol::Bytes;
using protocol::FrameType;
using testing::AnyOf;

std::string text_of(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string frame(FrameType type, std::uint32_t request, const Bytes& payload) {
  return text_of(protocol::encode_frame(type, request, payload));
}

std::string with_byte(std::string text, std::size_t at, char value) {
  text.at(at) = value;
  return text;
}

std::string good_hello() {
  protocol::HelloReply reply;
  reply.version = protocol::kMaxVersion;
  reply.build = "evil";
  reply.facts.arch = "x86_64";
  return frame(FrameType::kReply, 1, protocol::encode(reply));
}

struct Answer {
  std::string name;
  std::string bytes;  ///< after the magic line
};

std::vector<Answer> answers() {
  const std::string hello = good_hello();
  const Bytes empty;
  return {
      {"Nothing", ""},
      {"LengthOfFourGigabytes", std::string(16, '\xff')},
      {"LengthOverTheLimit", with_byte(hello, 3, '\x7f')},
      {"FlippedPayload", with_byte(hello, hello.size() - 1, '\x55')},
      {"TruncatedHeader", hello.substr(0, 7)},
      {"TruncatedPayload", hello.substr(0, hello.size() - 3)},
      {"EmptyHelloReply", frame(FrameType::kReply, 1, empty)},
      {"GarbageAsHelloReply", frame(FrameType::kReply, 1, Bytes(300, std::byte{0xfe}))},
      {"ReplyToNobody", hello + frame(FrameType::kReply, 4711, empty)},
      {"UnknownType", with_byte(hello, 4, '\x77')},
      {"RequestFromTheAgent", hello + frame(FrameType::kExec, 9, empty)},
      {"GarbageAsPrepareReply", hello + frame(FrameType::kReply, 2, Bytes(500, std::byte{0x7f}))},
      {"EndlessHeartbeatsOfGarbage", hello + std::string(200'000, 'A')},
  };
}

class HostileAgent : public testing::TestWithParam<Answer> {};

TEST_P(HostileAgent, CostsOnlyItsOwnHost) {
  Fleet fleet({.hosts = 2, .session_scripts = true});
  fleet.write_project(std::string(kContinue) + web_service("one"));
  const FleetHost& evil = fleet.host(0);
  write_file(evil.dir / "answer", std::string(protocol::kMagic) + GetParam().bytes);
  evil.set_session_script("case \"$SSH_ORIGINAL_COMMAND\" in *serve*) cat " +
                          (evil.dir / "answer").string() + "; exit 0 ;; esac");

  const Output run = fleet.json({"deploy", "-y"});

  EXPECT_THAT(run.exit_code, AnyOf(1, 4)) << run.all();
  EXPECT_THAT(outcome(run, "h1"), AnyOf("failed", "unreachable", "unknown"));
  EXPECT_GT(std::string(host_entry(run, "h1").value("message", "")).size(), 10U);
  EXPECT_THAT(evil.tree(), testing::IsEmpty());
  EXPECT_EQ(outcome(run, "h2"), "deployed");
  EXPECT_EQ(fleet.host(1).read("etc/app.conf"), "one\n");
}

INSTANTIATE_TEST_SUITE_P(Answers, HostileAgent, testing::ValuesIn(answers()),
                         [](const auto& answer) { return answer.param.name; });

/// A service that copies a folder to {{var.root}}/app/.
class Destination : public testing::Test {
 protected:
  Destination() : fleet_({.hosts = 1, .session_scripts = true}) {
    fleet_.write("app/a.conf", "a\n");
    fleet_.write("app/sub/b.conf", "b\n");
    fleet_.write_project(std::string(kOneWave) +
                         "services:\n  app:\n    files: [ { src: app/, dest: "
                         "\"{{var.root}}/app/\" } ]\n"
                         "    health: { checks: [ { file: \"{{var.root}}/app/a.conf\" } ],"
                         " stable_for: 50ms }\n");
    outside_ = host().dir / "outside";
    fs::create_directories(outside_);
    write_file(outside_ / "b.conf", "theirs\n");
  }

  FleetHost& host() { return fleet_.host(0); }
  Output deploy() { return fleet_.json({"deploy", "-y"}); }

  void expect_nothing_escaped() {
    EXPECT_EQ(read_file(outside_ / "b.conf"), "theirs\n");
    const fs::directory_iterator entries(outside_);
    EXPECT_EQ(std::distance(fs::begin(entries), fs::end(entries)), 1);
  }

  Fleet fleet_;
  fs::path outside_;
};

TEST_F(Destination, WhoseParentIsMissingIsMadeAndRemovedAgain) {
  const Output run = deploy();
  EXPECT_EQ(run.exit_code, 0) << run.all();
  EXPECT_EQ(host().read("app/sub/b.conf"), "b\n");
}

TEST_F(Destination, ThatIsASymlinkIsReplacedNotFollowed) {
  fs::create_directories(host().root / "app/sub");
  fs::create_symlink(outside_ / "b.conf", host().root / "app/sub/b.conf");

  const Output run = deploy();

  expect_nothing_escaped();
  if (run.exit_code == 0) {
    EXPECT_FALSE(fs::is_symlink(host().root / "app/sub/b.conf"));
    EXPECT_EQ(host().read("app/sub/b.conf"), "b\n");
  } else {
    EXPECT_TRUE(fs::is_symlink(host().root / "app/sub/b.conf")) << run.all();
  }
}

TEST_F(Destination, SymlinkIsBackAfterAFailedRelease) {
  fs::create_directories(host().root / "app/sub");
  fs::create_symlink(outside_ / "b.conf", host().root / "app/sub/b.conf");
  fleet_.write_project(std::string(kOneWave) +
                       "services:\n  app:\n    files: [ { src: app/, dest: "
                       "\"{{var.root}}/app/\" } ]\n    health: { checks: [ { command: \"false\" }"
                       " ], stable_for: 50ms, timeout: 300ms }\n");
  const auto before = host().tree();

  const Output run = deploy();

  EXPECT_THAT(run.exit_code, AnyOf(1, 3, 5)) << run.all();
  EXPECT_EQ(host().tree(), before);
  expect_nothing_escaped();
}

TEST_F(Destination, BehindASymlinkThatOthersCouldHaveMadeIsRefused) {
  fs::create_directories(host().root / "app");
  fs::create_directory_symlink(outside_, host().root / "app/sub");
  fs::permissions(host().root / "app", fs::perms::all);
  const auto before = host().tree();

  const Output run = deploy();

  expect_nothing_escaped();
  EXPECT_THAT(run.exit_code, AnyOf(1, 3, 5)) << run.all();
  EXPECT_THAT(run.out, testing::HasSubstr("symlink"));
  EXPECT_EQ(host().tree(), before);
}

TEST_F(Destination, WithDotDotIsAMistakeInTheDefinition) {
  fleet_.write_project(std::string(kOneWave) +
                       "services:\n  app:\n    files: [ { content: x, dest: "
                       "\"{{var.root}}/app/../../escaped\" } ]\n");
  const Output run = fleet_.run({"deploy", "-y"});
  EXPECT_EQ(run.exit_code, 2) << run.all();
  EXPECT_THAT(host().tree(), testing::IsEmpty());
  EXPECT_FALSE(fs::exists(host().dir / "escaped"));
}

TEST_F(Destination, ThatIsAFolderIsRefused) {
  fs::create_directories(host().root / "app/a.conf/full");
  write_file(host().root / "app/a.conf/full/x", "x");
  const auto before = host().tree();

  const Output run = deploy();

  EXPECT_NE(run.exit_code, 0) << run.all();
  EXPECT_EQ(host().tree(), before);
}

TEST_F(Destination, OnAReadOnlyFileSystemIsRefused) {
  fs::create_directories(host().root / "app");
  const std::string script = remount_in_session(host().root, "ro");
  if (script.empty()) GTEST_SKIP() << "no mount namespaces here: read-only cannot be shown";
  host().set_session_script(script);

  const Output run = deploy();

  EXPECT_THAT(run.exit_code, AnyOf(1, 3, 5)) << run.all();
  EXPECT_THAT(run.out, testing::ContainsRegex("[Rr]ead-only"));
  EXPECT_THAT(host().tree(), testing::IsEmpty());
  EXPECT_THAT(host().journal(), testing::IsEmpty());
}

}  // namespace
}  // namespace gannet::test
