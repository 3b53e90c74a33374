// Releases that go out, change nothing, change one file, go back and forward again; and those
// whose health gate says no.
#include <filesystem>
#include <string>

#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/integration/projects.h"
#include "tests/support/fleet.h"

namespace gannet::test {
namespace {

namespace fs = std::filesystem;

constexpr int kFiles = 200;
constexpr std::size_t kFileSize = 3000;  // bytes
constexpr int kChanged = 117;

std::string site_file(int index) { return "page-" + std::to_string(index) + ".html"; }

void write_site(const Fleet& fleet) {
  for (int i = 0; i < kFiles; ++i) {
    fleet.write("site/" + site_file(i), noise(kFileSize, static_cast<unsigned>(i)));
  }
  fleet.write_project(std::string(kOneWave) +
                      "services:\n  site:\n    files: [ { src: site/, dest: "
                      "\"{{var.root}}/srv/site/\" } ]\n"
                      "    health: { checks: [ { file: \"{{var.root}}/srv/site/page-0.html\" } ],"
                      " stable_for: 50ms }\n");
}

class TwoHundredFiles : public testing::Test {
 protected:
  TwoHundredFiles() : fleet_({.hosts = 2}) {
    write_site(fleet_);
    const Output run = fleet_.json({"deploy", "-y"});
    EXPECT_EQ(run.exit_code, 0) << run.all();
  }

  std::string on_host(int index) { return fleet_.host(0).read("srv/site/" + site_file(index)); }

  Output deploy() {
    Output run = fleet_.json({"deploy", "-y"});
    EXPECT_EQ(run.exit_code, 0) << run.all();
    return run;
  }

  Fleet fleet_;
};

TEST_F(TwoHundredFiles, ArriveAsTheyAre) {
  for (const FleetHost& host : fleet_.hosts()) {
    EXPECT_EQ(host.tree().size(), kFiles);
    for (int i = 0; i < kFiles; ++i) {
      const std::string want = noise(kFileSize, static_cast<unsigned>(i));
      EXPECT_EQ(host.read("srv/site/" + site_file(i)), want);
    }
    EXPECT_EQ(host.blobs().size(), kFiles);
    EXPECT_THAT(host.journal(), testing::IsEmpty());
  }
}

TEST_F(TwoHundredFiles, SecondDeployIsUnchangedAndUploadsNothing) {
  const auto tree = fleet_.host(0).tree();
  const auto blobs = fleet_.host(0).blobs();
  const auto before = fleet_.host(0).bytes_received();

  const Output run = deploy();

  EXPECT_EQ(outcome(run, "h1"), "unchanged");
  EXPECT_EQ(outcome(run, "h2"), "unchanged");
  EXPECT_EQ(fleet_.host(0).tree(), tree);
  EXPECT_EQ(fleet_.host(0).blobs(), blobs);
  EXPECT_LT(fleet_.host(0).bytes_received() - before, kFiles * kFileSize / 4);
}

TEST_F(TwoHundredFiles, OnlyTheChangedOneTravels) {
  const auto before = fleet_.host(0).blobs();
  const auto received = fleet_.host(0).bytes_received();
  fleet_.write("site/" + site_file(kChanged), noise(kFileSize, 9999));

  const Output run = deploy();

  EXPECT_EQ(outcome(run, "h1"), "deployed");
  EXPECT_EQ(on_host(kChanged), noise(kFileSize, 9999));
  auto after = fleet_.host(0).blobs();
  EXPECT_EQ(after.size(), kFiles + 1);
  for (const auto& [digest, identity] : before) EXPECT_EQ(after[digest], identity);
  EXPECT_LT(fleet_.host(0).bytes_received() - received, kFiles * kFileSize / 4);
}

TEST_F(TwoHundredFiles, GoBackAndForwardAgain) {
  const auto first = fleet_.host(0).tree();
  fleet_.write("site/" + site_file(kChanged), noise(kFileSize, 9999));
  fleet_.write("site/added.html", "new\n");
  fleet_.remove("site/" + site_file(3));
  static_cast<void>(deploy());
  const auto second = fleet_.host(0).tree();
  EXPECT_FALSE(fleet_.host(0).has("srv/site/" + site_file(3)));

  const Output back = fleet_.json({"rollback", "-y"});
  EXPECT_EQ(back.exit_code, 0) << back.all();
  EXPECT_EQ(fleet_.host(0).tree(), first);
  EXPECT_EQ(fleet_.host(1).tree().size(), kFiles);

  const auto blobs = fleet_.host(0).blobs();
  const Output forward = deploy();
  EXPECT_EQ(outcome(forward, "h1"), "deployed");
  EXPECT_EQ(fleet_.host(0).tree(), second);
  EXPECT_EQ(fleet_.host(0).blobs(), blobs);
}

TEST_F(TwoHundredFiles, RollbackPlanChangesNothing) {
  fleet_.write("site/" + site_file(kChanged), "second\n");
  static_cast<void>(deploy());
  const auto tree = fleet_.host(0).tree();

  const Output plan = fleet_.json({"rollback", "--plan"});

  EXPECT_EQ(plan.exit_code, 0) << plan.all();
  EXPECT_THAT(plan.out, testing::HasSubstr(site_file(kChanged)));
  EXPECT_EQ(fleet_.host(0).tree(), tree);
}

/// Six hosts in two waves of three; the first release is out; h2 will not like the second.
class FailingGate : public testing::Test {
 protected:
  FailingGate() : fleet_({.hosts = 6}) {
    for (const FleetHost& host : fleet_.hosts()) {
      fs::create_directories(host.root / "etc");
      write_file(host.root / "etc/theirs.conf", "not ours\n", 0604);
      if (::getuid() == 0) {
        EXPECT_EQ(::chown((host.root / "etc/theirs.conf").c_str(), 65534, 65534), 0);
      }
    }
    write_release("one", "0640", "");
    const Output run = fleet_.json({"deploy", "-y"});
    EXPECT_EQ(run.exit_code, 0) << run.all();
    for (const FleetHost& host : fleet_.hosts()) before_.push_back(host.tree());
    write_file(fleet_.host(1).root / "bad", "");
    before_[1] = fleet_.host(1).tree();
  }

  void write_release(const std::string& content, const std::string& mode, const std::string& more) {
    const std::string root = "\"{{var.root}}/etc/";
    fleet_.write_project(
        "strategy: { watchdog: 60s, batch: 3 }\n"
        "services:\n  web:\n    files:\n"
        "      - { content: \"" +
        content + "\\n\", dest: " + root + "app.conf\", mode: \"" + mode + "\" }\n" + more +
        "    health:\n      checks: [ { command: \"test ! -e {{var.root}}/bad || grep -q one "
        "{{var.root}}/etc/app.conf\" } ]\n"
        "      stable_for: 50ms\n      timeout: 500ms\n");
  }

  Fleet fleet_;
  std::vector<std::map<std::string, std::string>> before_;
};

TEST_F(FailingGate, LeavesEveryHostAsItWasAndLaterWavesUntouched) {
  const std::string root = "\"{{var.root}}/etc/";
  write_release("two", "0600",
                "      - { content: \"ours now\\n\", dest: " + root + "theirs.conf\" }\n" +
                    "      - { content: \"new\\n\", dest: " + root + "deep/er/new.conf\" }\n");

  const Output run = fleet_.json({"deploy", "-y"});

  EXPECT_EQ(run.exit_code, 3) << run.all();
  EXPECT_EQ(outcome(run, "h2"), "rolled-back");
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(fleet_.host(i).tree(), before_[i]) << fleet_.host(i).name;
    EXPECT_THAT(fleet_.host(i).journal(), testing::IsEmpty());
  }
  for (const char* later : {"h4", "h5", "h6"}) EXPECT_EQ(outcome(run, later), "skipped");
  EXPECT_FALSE(fleet_.host(1).has("etc/deep"));
}

TEST_F(FailingGate, SecondTryGoesOutOnceTheCauseIsGone) {
  write_release("two", "0600", "");
  const Output failed = fleet_.json({"deploy", "-y"});
  ASSERT_EQ(failed.exit_code, 3) << failed.all();
  fs::remove(fleet_.host(1).root / "bad");

  const Output run = fleet_.json({"deploy", "-y"});

  EXPECT_EQ(run.exit_code, 0) << run.all();
  for (const FleetHost& host : fleet_.hosts()) EXPECT_EQ(host.read("etc/app.conf"), "two\n");
}

TEST_F(FailingGate, OnFailureContinueRestoresOnlyTheSickHost) {
  fleet_.write_project(std::string(kContinue) +
                       "services:\n  web:\n    files: [ { content: \"two\\n\", dest: "
                       "\"{{var.root}}/etc/app.conf\", mode: \"0640\" } ]\n"
                       "    health:\n      checks: [ { command: \"test ! -e {{var.root}}/bad || "
                       "grep -q one {{var.root}}/etc/app.conf\" } ]"
                       "\n      stable_for: 50ms\n      timeout: 500ms\n");

  const Output run = fleet_.json({"deploy", "-y"});

  EXPECT_EQ(run.exit_code, 3) << run.all();
  EXPECT_EQ(fleet_.host(1).tree(), before_[1]);
  for (const std::size_t i : {0U, 2U, 3U, 4U, 5U}) {
    EXPECT_EQ(fleet_.host(i).read("etc/app.conf"), "two\n");
  }
}

}  // namespace
}  // namespace gannet::test
