// Disks that fill up while something is written on them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/system/image_archive.h"
#include "tests/system/system_fleet.h"

namespace gannet::test {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMegabyte = 1000 * 1000;

/// One host with a small disk on which "v1" is in force.
class FullDisk : public SystemTest {
 protected:
  [[nodiscard]] std::vector<MachineOptions> wanted() const override { return {{.disk = "160M"}}; }

  void prepare() override {
    write_version("v1", "");
    const Output run = fleet().json({"deploy", "-y", "--tag", "v1"});
    ASSERT_EQ(run.exit_code, 0) << run.all();
    before_ = host().tree("/srv");
    free_ = free_bytes();
  }

  void write_version(const std::string& version, const std::string& more_files) {
    fleet().write_project(
        "strategy: { watchdog: 20s }\nservices:\n  app:\n    files:\n"
        "      - { content: \"" +
        version + "\\n\", dest: /srv/app/app.conf }\n" + more_files +
        "    health: { checks: [ { file: /srv/app/app.conf } ], stable_for: 50ms }\n");
  }

  [[nodiscard]] std::size_t free_bytes() {
    host().sh("sync");
    return std::stoull(host().sh("df --output=avail -B1 /var | tail -1"));
  }

  /// Leaves less than `rest` bytes free.
  void fill_disk(std::size_t rest) {
    const std::size_t free = std::stoull(host().sh("df --output=avail -B1 /var | tail -1"));
    host().sh("fallocate -l " + std::to_string(free - rest) + " /var/filler || true");
  }

  /// Deploys "v2" and lets the disk fill up once its upload has begun, until `rest` bytes are free.
  Output deploy_and_leave(std::size_t rest) {
    fleet().order("slow", {"h1", "20mbit"});
    const auto gannet = fleet().start({"-o", "json", "deploy", "-y", "--tag", "v2"});
    wait_until(
        "the first megabyte",
        [&] { return bytes_in("/var/lib/gannet/tmp") > kMegabyte || !gannet->running(); },
        std::chrono::seconds(30));
    fill_disk(rest);
    return gannet->wait();
  }

  [[nodiscard]] std::size_t bytes_in(const std::string& folder) const {
    std::size_t size = 0;
    std::error_code gone;  // files come and go
    for (const auto& entry : fs::recursive_directory_iterator(host().path(folder), gone)) {
      const auto bytes = entry.file_size(gone);
      if (!gone) size += bytes;
    }
    return size;
  }

  void expect_out_of_space(const Output& run) {
    EXPECT_EQ(run.exit_code, 1) << run.all();
    EXPECT_EQ(outcome(run, "h1"), "failed");
    EXPECT_THAT(reason(run, "h1"), testing::HasSubstr("No space left on device"));
    expect_as_before();
  }

  /// What was there is there, and it is only that; and a deployment that fits goes out.
  void expect_as_before() {
    EXPECT_EQ(host().tree("/srv"), before_);
    EXPECT_THAT(host().journal(), testing::IsEmpty());
    host().sh("rm -f /var/filler");
    const Output status = fleet().json({"status", "--drift"});
    EXPECT_EQ(host_entry(status, "h1").at("services").at(0).at("kept").at(0).at("tag"), "v1");
    EXPECT_NEAR(static_cast<double>(free_bytes()), static_cast<double>(free_), kMegabyte);
    write_version("v2", "");
    const Output again = fleet().json({"deploy", "-y", "--tag", "v2"});
    EXPECT_EQ(again.exit_code, 0) << again.all();
    EXPECT_EQ(host().read("/srv/app/app.conf"), "v2\n");
  }

  std::map<std::string, std::string> before_;
  std::size_t free_ = 0;
};

TEST_F(FullDisk, InTheMiddleOfAnUploadChangesNothingAndGivesTheSpaceBack) {
  fleet().write("big", noise(16 * kMegabyte, 1));
  write_version("v2", "      - { src: big, dest: /srv/app/big }\n");
  expect_out_of_space(deploy_and_leave(0));
}

TEST_F(FullDisk, InTheMiddleOfASnapshotChangesNothingAndGivesTheSpaceBack) {
  for (const unsigned number : {1U, 2U}) {
    host().write("/srv/app/" + std::to_string(number), noise(16 * kMegabyte, number));
  }
  before_ = host().tree("/srv");
  free_ = free_bytes();
  fleet().write("big", noise(4 * kMegabyte, 3));
  write_version("v2",
                "      - { src: big, dest: /srv/app/1 }\n"
                "      - { src: big, dest: /srv/app/2 }\n");
  expect_out_of_space(deploy_and_leave(24 * kMegabyte));  // for the upload and one of the files
}

class FullDockerDisk : public SystemTest {
 protected:
  [[nodiscard]] std::vector<MachineOptions> wanted() const override {
    return {{.docker = true, .disk = "300M"}};
  }

  /// An image of two layers: the server, and 30 MB that do not compress.
  void write_version(const std::string& version) {
    Image image = web_image("web:" + version, version);
    image.layers.push_back({{"/ballast", noise(30 * kMegabyte, 7)}});
    write_image_archive(fleet().project_dir() / (version + ".tar"), image);
    fleet().write_project(
        "strategy: { watchdog: 30s }\nservices:\n  web:\n    compose: { image: { archive: " +
        version +
        ".tar }, ports: [\"8080:8080\"] }\n    health: { checks: [], stable_for: 500ms }\n");
  }

  void write_small_version() {
    write_image_archive(fleet().project_dir() / "small.tar", web_image("web:small", "small"));
    fleet().write_project(
        "strategy: { watchdog: 30s }\nservices:\n  web:\n    compose: { image: { archive: "
        "small.tar },"
        " ports: [\"8080:8080\"] }\n    health: { checks: [], stable_for: 500ms }\n");
  }

  [[nodiscard]] std::size_t free_bytes() {
    host().sh("sync");
    return std::stoull(host().sh("df --output=avail -B1 /var | tail -1"));
  }
};

TEST_F(FullDockerDisk, InTheMiddleOfAnImageLoadChangesNothingAndGivesTheSpaceBack) {
  write_small_version();
  const Output first = fleet().json({"deploy", "-y", "--tag", "small"});
  ASSERT_EQ(first.exit_code, 0) << first.all();
  const std::size_t free = free_bytes();
  const std::string before = host().sh("docker ps -q --no-trunc");
  const std::string images = host().sh("docker image ls --no-trunc");
  const auto files = host().tree("/opt/web");

  write_version("big");
  const std::string load = "/var/load-seen";
  host().write(
      "/usr/local/bin/docker",
      "#!/bin/sh\ncase \"$*\" in *load*)\n"
      "  fallocate -l $(($(df --output=avail -B1 /var | tail -1) - 12000000)) /var/filler\n"
      "  touch " +
          load + " ;;\nesac\nexec /usr/bin/docker \"$@\"\n",
      0755);
  const Output run = fleet().json({"deploy", "-y", "--tag", "big"});

  EXPECT_TRUE(host().has(load)) << run.all();
  EXPECT_EQ(run.exit_code, 1) << run.all();
  EXPECT_EQ(outcome(run, "h1"), "failed");
  EXPECT_THAT(reason(run, "h1"), testing::HasSubstr("no space left on device"));
  EXPECT_EQ(host().sh("docker ps -q --no-trunc"), before);
  EXPECT_EQ(host().sh("docker image ls --no-trunc"), images);
  EXPECT_EQ(host().tree("/opt/web"), files);
  EXPECT_THAT(host().journal(), testing::IsEmpty());
  host().sh("rm -f /var/filler /usr/local/bin/docker");
  const Output status = fleet().json({"status"});
  EXPECT_EQ(status.exit_code, 0) << status.all();
  EXPECT_NEAR(static_cast<double>(free_bytes()), static_cast<double>(free), 2 * kMegabyte);

  const Output again = fleet().json({"deploy", "-y", "--tag", "big"});
  EXPECT_EQ(again.exit_code, 0) << again.all();
  EXPECT_EQ(fleet().get(host(), "8080/"), "big\n");
}

}  // namespace
}  // namespace gannet::test
