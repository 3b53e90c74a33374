#include "controller/images/docker_save.h"

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/images/run_program.h"
#include "tests/support/image_writer.h"
#include "tests/support/ssh_fixtures.h"

namespace gannet::controller {
namespace {

using test::TestImage;
using testing::HasSubstr;

const CancelFlag kNotCancelled = false;

/// A program in Docker's place: a shell script that saves the archive `saved`.
class DockerSave : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directory(dir_ / "tmp");
    ::setenv("TMPDIR", (dir_ / "tmp").c_str(), 1);
    TestImage image;
    image.names = {"api:dev"};
    image.layers = {test::TarWriter().file("bin/api", "program").finish()};
    test::write_file(dir_ / "saved", test::docker_archive({image}));
    config_ = test::hex_of(image.config());
  }
  void TearDown() override { ::unsetenv("TMPDIR"); }

  std::string docker(const std::string& script) {
    const std::string path = dir_ / "docker";
    test::write_file(path, "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
    return path;
  }
  bool nothing_left() { return std::filesystem::is_empty(dir_ / "tmp"); }

  test::TempDir dir_;
  std::string config_;
};

TEST_F(DockerSave, GivesTheImageAndLeavesNoFile) {
  const std::string program = docker(
      "case \"$1 $2\" in\n"
      "'image inspect') [ \"$5\" = 'api:dev' ] && echo sha256:1 ;;\n"
      "'save -o') cp " +
      (dir_ / "saved") +
      " \"$3\" ;;\n"
      "*) exit 9 ;; esac");
  const auto archive = docker_save("api:dev", kNotCancelled, program);
  ASSERT_TRUE(archive.has_value()) << archive.error().context;
  EXPECT_TRUE(nothing_left());
  const auto image = (*archive)->pick("api:dev", platform_of("x86_64"), kNotCancelled);
  ASSERT_TRUE(image.has_value()) << image.error().context;
  EXPECT_EQ(image->config.hex(), config_);
}

TEST_F(DockerSave, SaysWhatToDoWithoutDocker) {
  const auto archive = docker_save("api:dev", kNotCancelled, dir_ / "no-such-program");
  ASSERT_FALSE(archive.has_value());
  EXPECT_EQ(archive.error().code, Code::kNotFound);
  EXPECT_EQ(archive.error().context, "image api:dev: docker is not installed here");
  EXPECT_EQ(archive.error().hint,
            "save an archive elsewhere (docker save -o FILE api:dev) and use archive:");
}

TEST_F(DockerSave, PassesOnWhatDockerSays) {
  auto archive =
      docker_save("api:dev", kNotCancelled, docker("echo 'Error: No such image: x' >&2; exit 1"));
  ASSERT_FALSE(archive.has_value());
  EXPECT_EQ(archive.error().code, Code::kNotFound);
  EXPECT_EQ(archive.error().context, "image api:dev: docker image inspect: No such image: x");
  archive = docker_save("api:dev", kNotCancelled,
                        docker("[ $1 = image ] && exit 0; echo no space left >&2; exit 1"));
  ASSERT_FALSE(archive.has_value());
  EXPECT_EQ(archive.error().context, "image api:dev: docker save: no space left");
  EXPECT_TRUE(nothing_left());
}

TEST_F(DockerSave, TakesNoOptionsForNames) {
  for (const char* name : {"--help", "", "a b"}) {
    const auto archive = docker_save(name, kNotCancelled, docker("exit 0"));
    ASSERT_FALSE(archive.has_value());
    EXPECT_EQ(archive.error().code, Code::kInvalidInput);
  }
}

TEST(RunProgram, EndsWhatTakesTooLongWithItsChildren) {
  const auto begin = std::chrono::steady_clock::now();
  // The child of the child holds stdout open: waiting for its end would take ten minutes.
  const auto result =
      run_program({"sh", "-c", "sleep 600 & wait"}, std::chrono::milliseconds(300), kNotCancelled);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, Code::kTimeout);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST(RunProgram, EndsWhenItIsToldTo) {
  const CancelFlag stop = true;
  const auto result = run_program({"sleep", "600"}, std::chrono::minutes(10), stop);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, Code::kInterrupted);
}

TEST(RunProgram, KeepsALimitedAmountOfOutput) {
  const auto result = run_program({"sh", "-c", "head -c 300000 /dev/zero; echo end >&2; exit 3"},
                                  std::chrono::seconds(30), kNotCancelled);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->code, 3);
  EXPECT_EQ(result->out.size(), 65'536U);
  EXPECT_EQ(result->err, "end\n");
}

}  // namespace
}  // namespace gannet::controller
