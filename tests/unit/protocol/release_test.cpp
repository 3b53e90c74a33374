#include "protocol/release.h"

#include <gtest/gtest.h>

#include "tests/unit/protocol/samples.h"

namespace gannet::protocol {
namespace {

Release with_paths(std::initializer_list<std::string_view> paths) {
  Release release;
  release.service = "api";
  for (const std::string_view path : paths) {
    FileEntry file;
    file.path = path;
    release.files.push_back(file);
  }
  return release;
}

std::string refusal(const Release& release) {
  const auto result = validate(release);
  if (result) return "accepted";
  EXPECT_EQ(result.error().code, Code::kInvalidInput);
  return result.error().context;
}

TEST(ValidateRelease, AcceptsWhatTheControllerMakes) {
  EXPECT_TRUE(validate(sample<Release>()));
  EXPECT_TRUE(validate(with_paths({})));
  EXPECT_TRUE(validate(with_paths({"/a", "/a-b", "/a.b/c", "/b/a", "/b/a2"})));
}

TEST(ValidateRelease, RefusesBadServiceNames) {
  for (const std::string name : {"", "-x", "_x", "Api", "a b", "a/b", "..", "\xc3\xa4"}) {
    Release release = with_paths({});
    release.service = name;
    EXPECT_NE(refusal(release), "accepted") << name;
  }
  Release release = with_paths({});
  release.service = std::string(64, 'a');
  EXPECT_NE(refusal(release), "accepted");
  release.service = std::string(63, 'a');
  EXPECT_EQ(refusal(release), "accepted");
  release.service = "a b";
  EXPECT_EQ(refusal(release), "service name \"a b\" is not allowed");
}

TEST(ValidateRelease, RefusesIdsThatMeanSomethingToAPath) {
  for (const std::string id : {"..", ".", "../x", "a/b", "-x", "a b"}) {
    Release release = with_paths({});
    release.id = id;
    EXPECT_EQ(refusal(release), "api: release id \"" + id + "\" is not allowed");
  }
  Release release = with_paths({});
  release.id = std::string(129, 'a');
  EXPECT_NE(refusal(release), "accepted");
}

TEST(ValidateRelease, RefusesPathsThatAreNotCleanAndAbsolute) {
  for (const std::string_view path : {"", "/", "x", "/a/../b", "/a//b", "/a/", "/.."}) {
    EXPECT_NE(refusal(with_paths({path})), "accepted") << path;
  }
  EXPECT_EQ(refusal(with_paths({"/a/../\x1b"})),
            "api: path \"/a/../\\x1b\" is not absolute and free of . and ..");
  EXPECT_NE(refusal(with_paths({"/" + std::string(4'095, 'x')})), "accepted");
  EXPECT_EQ(refusal(with_paths({"/" + std::string(4'094, 'x')})), "accepted");
}

TEST(ValidateRelease, RefusesDuplicatesInAnyOrder) {
  EXPECT_EQ(refusal(with_paths({"/b", "/a", "/b"})), "api: \"/b\" is there twice");
}

TEST(ValidateRelease, RefusesAFileThatIsAnothersFolder) {
  EXPECT_EQ(refusal(with_paths({"/a/b/c", "/a", "/a-b", "/a!"})),
            "api: \"/a\" is a file and also the folder of \"/a/b/c\"");
}

TEST(ValidateRelease, RefusesBadModesAndOwners) {
  Release release = with_paths({"/a"});
  release.files[0].mode = 07777;
  EXPECT_EQ(refusal(release), "accepted");
  release.files[0].mode = 010000;
  EXPECT_EQ(refusal(release), "api: mode of \"/a\" is over 07777");
  release.files[0].mode = 0;
  for (const std::string_view owner : {"a:b", "a/b", "a b", "a\n"}) {
    release.files[0].owner = owner;
    EXPECT_NE(refusal(release), "accepted") << owner;
  }
  release.files[0].owner = "";
  release.files[0].group = std::string("a\0", 2);
  EXPECT_NE(refusal(release), "accepted");
}

TEST(ValidateRelease, RefusesEmptyCommands) {
  Release release = with_paths({});
  release.after = {Hook{.command = "true"}, Hook{}};
  EXPECT_EQ(refusal(release), "api: a command of after is empty or holds a NUL character");
  release = with_paths({});
  release.before = {Hook{.command = std::string("a\0b", 3)}};
  EXPECT_NE(refusal(release), "accepted");
  release = with_paths({});
  release.on_rollback = {Hook{}};
  EXPECT_NE(refusal(release), "accepted");
}

TEST(ValidateRelease, RefusesOver100000Files) {
  Release release = with_paths({});
  for (int i = 0; i < 100'000; ++i) {
    FileEntry file;
    file.path = "/f" + std::to_string(i);
    release.files.push_back(std::move(file));
  }
  EXPECT_EQ(refusal(release), "accepted");
  release.files.emplace_back().path = "/one-more";
  EXPECT_EQ(refusal(release), "api: 100001 files, at most 100000 are allowed");
}

TEST(ContentDigest, IsAboutTheHostsStateOnly) {
  const Release release = sample<Release>();
  Release same = release;
  same.id = "other";
  same.tag = "other";
  same.run = "other";
  same.who = "other";
  same.created_ms = 1;
  std::swap(same.files[0], same.files[1]);
  EXPECT_EQ(content_digest(same), content_digest(release));
  same.units.resize(1);
  Release units = same;
  units.units[0].install = {"WantedBy=multi-user.target"};  // the file says that, too
  EXPECT_EQ(content_digest(same), content_digest(units));

  Release mode = release;
  mode.files[0].mode = 0600;
  Release hook = release;
  hook.after[0].command += " now";
  Release gate = release;
  gate.health.stable_for_ms += 1;
  Release service = release;
  service.service = "web";
  for (const Release& other : {mode, hook, gate, service}) {
    EXPECT_NE(content_digest(other), content_digest(release));
  }
}

}  // namespace
}  // namespace gannet::protocol
