// gannet generate, as a user types it; what it writes is shown to the programs that will read it.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/unit/cli/run_gannet.h"

namespace gannet::controller {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kHash = "$2a$14$cyLtfayFvwSYAmCQWfUN5.eBu7iHqgL.Nh0c1gUW1Dmpp.MznSf.e";

int shell(const std::string& command) {
  return std::system(command.c_str());  // NOLINT(concurrency-mt-unsafe)
}

/// The Compose plugin: of this machine, or of the tree that the system tests have built.
std::string compose_plugin() {
  const char* home = std::getenv("HOME");  // NOLINT(concurrency-mt-unsafe)
  const std::string place = "/usr/libexec/docker/cli-plugins/docker-compose";
  std::vector<fs::path> found{place, "/usr/lib/docker/cli-plugins/docker-compose"};
  std::error_code ec;
  const fs::path lab = fs::path(home == nullptr ? "/root" : home) / ".cache/gannet/lab";
  for (const auto& tree : fs::directory_iterator(lab, ec))
    found.push_back(tree.path() / place.substr(1));
  for (const auto& file : found)
    if (fs::exists(file, ec)) return file.string();
  return {};
}

class GenerateTest : public testing::Test {
 protected:
  GenerateTest() {
    const fs::path example = fs::path(gannet::test::source_dir()) / "examples/shop";
    for (const char* name : {"gannet.yaml", "inventory.yaml", "production.env"})
      fs::copy_file(example / name, bench_.path(name));
  }

  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream in(bench_.path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  /// A project with these lines below the service "web".
  void project(const std::string& lines) const {
    bench_.write("gannet.yaml", "project: demo\nservices:\n  web:\n" + lines);
  }
  /// Runs a real program in the folder; what it says when it fails.
  [[nodiscard]] std::string complaint(const std::string& command) const {
    const std::string out = bench_.path("said").string();
    const bool good =
        shell("cd " + bench_.path("").string() + " && " + command + " >" + out + " 2>&1") == 0;
    return good ? "" : command + ":\n" + read("said");
  }

  Workbench bench_;
};

TEST_F(GenerateTest, WritesWhatTheExampleHoldsAndNothingTheSecondTime) {
  EXPECT_THAT(bench_.run({"generate"}).out, HasSubstr("wrote docker-compose.yml\n"));
  for (const char* name : {"docker-compose.yml", "caddy/shop.caddy", "units/report.service",
                           "units/report.timer", "production.env.example"}) {
    std::ifstream in(fs::path(gannet::test::source_dir()) / "examples/shop" / name);
    EXPECT_EQ(read(name), std::string(std::istreambuf_iterator<char>(in), {})) << name;
  }
  EXPECT_EQ(bench_.run({"generate"}).out, "nothing to write\n");
  const auto valid = bench_.run({"validate"});
  EXPECT_EQ(valid.out, "Valid\n");
}

TEST_F(GenerateTest, ComposeReadsTheFile) {
  const std::string plugin = compose_plugin();
  if (plugin.empty()) GTEST_SKIP() << "no Compose plugin on this machine";
  EXPECT_EQ(bench_.run({"generate", "compose"}).exit_code, 0);
  EXPECT_EQ(complaint(plugin + " --env-file production.env -f docker-compose.yml config"), "");
  EXPECT_THAT(read("said"), HasSubstr("condition: service_healthy"));
}

TEST_F(GenerateTest, CaddyReadsTheSites) {
  if (shell("caddy version >/dev/null 2>&1") != 0) GTEST_SKIP() << "no caddy on this machine";
  for (const char* tls : {"auto", "internal", "off"}) {
    project("    caddy: {site: s.caddy, host: a.lan}\n    generate:\n      caddy:\n        tls: " +
            std::string(tls) +
            "\n        sites: {a.lan: 8080, '*.b.lan': '10.0.0.7:80', c.lan: 'unix//run/c.sock'}\n"
            "        headers: {X-Odd: 'a \"b\" \\c'}\n        basic_auth: {ann: '" +
            kHash + "'}\n");
    const auto output = bench_.run({"generate", "--force"});
    ASSERT_EQ(output.exit_code, 0) << output.err;
    EXPECT_EQ(complaint("caddy adapt --adapter caddyfile --config s.caddy"), "");
  }
}

TEST_F(GenerateTest, SystemdTakesTheUnitsAndFindsThemSafe) {
  if (shell("systemd-analyze --version >/dev/null 2>&1") != 0)
    GTEST_SKIP() << "no systemd-analyze on this machine";
  for (const char* more :
       {"", ", user: root, environment_file: -/etc/x, writable: /srv, cpu: 50%, memory: 1GiB",
        ", state: true, network: false, timer: {on_calendar: daily, persistent: true}"}) {
    project("    systemd: [web.service, web.timer]\n    generate: {systemd: {exec: /bin/true x" +
            std::string(more) + "}}\n");
    bench_.write("web.timer", "[Timer]\nOnCalendar=daily\n");
    const auto output = bench_.run({"generate", "--force"});
    ASSERT_EQ(output.exit_code, 0) << output.err;
    EXPECT_EQ(complaint("systemd-analyze verify --man=no --recursive-errors=no ./web.service"), "");
    EXPECT_THAT(read("said"), Not(HasSubstr("web.service")));
    EXPECT_EQ(complaint("systemd-analyze security --offline=yes --threshold=50 ./web.service"), "");
  }
}

TEST_F(GenerateTest, CheckTellsWhatDiffersAndWritesNothing) {
  EXPECT_EQ(bench_.run({"generate", "--check"}).exit_code, 1);
  EXPECT_FALSE(fs::exists(bench_.path("docker-compose.yml")));
  EXPECT_EQ(bench_.run({"generate"}).exit_code, 0);
  EXPECT_EQ(bench_.run({"generate", "--check"}).exit_code, 0);
  std::string yaml = read("gannet.yaml");
  bench_.write("gannet.yaml", yaml.replace(yaml.find("postgres:16"), 11, "postgres:17"));
  const auto output = bench_.run({"generate", "--check"});
  EXPECT_EQ(output.exit_code, 1);
  EXPECT_THAT(output.out, HasSubstr("docker-compose.yml: outdated\n"));
  EXPECT_THAT(output.out, HasSubstr("-    image: \"postgres:16\"\n+    image: \"postgres:17\"\n"));
  EXPECT_EQ(bench_.run({"generate"}).exit_code, 0);  // its own file: no question
}

TEST_F(GenerateTest, AFileChangedByHandIsKeptWithoutForce) {
  EXPECT_EQ(bench_.run({"generate"}).exit_code, 0);
  bench_.write("units/report.timer", read("units/report.timer") + "# mine\n");
  fs::remove(bench_.path("docker-compose.yml"));
  const auto refused = bench_.run({"generate"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.out, HasSubstr("-# mine\n"));
  EXPECT_THAT(refused.err, HasSubstr("--force"));
  EXPECT_THAT(read("units/report.timer"), HasSubstr("# mine\n"));
  EXPECT_FALSE(fs::exists(bench_.path("docker-compose.yml")));  // nothing was written at all
  const auto document =
      nlohmann::json::parse(bench_.run({"generate", "--force", "-o", "json"}).out);
  EXPECT_THAT(document.dump(), HasSubstr("edited by hand"));
  EXPECT_THAT(read("units/report.timer"), Not(HasSubstr("# mine\n")));
}

TEST_F(GenerateTest, MistakesHaveAPlace) {
  const auto said = [&](const std::string& lines) {
    project(lines);
    const auto output = bench_.run({"generate"});
    EXPECT_EQ(output.exit_code, 2);
    return output.err;
  };
  EXPECT_THAT(said("    files: []\n    generate: {compose: {a: {image: x}}}\n"),
              HasSubstr("gannet.yaml:5:16: \"compose\" of service \"web\" names no file"));
  EXPECT_THAT(said("    compose: ../c.yml\n    generate: {compose: {a: {image: x}}}\n"),
              HasSubstr("inside the project"));
  EXPECT_THAT(said("    compose: c.yml\n    generate: {compose: {a: {image: x, depends_on: b}}}\n"),
              HasSubstr("there is no other container \"b\""));
  EXPECT_THAT(said("    compose: c.yml\n    generate: {compose: {a: {imag: x}}}\n"),
              HasSubstr("did you mean \"image\"?"));
  EXPECT_THAT(said("    caddy: {site: s, host: a}\n"
                   "    generate: {caddy: {sites: {a: 80}, basic_auth: {ann: secret}}}\n"),
              HasSubstr("is no bcrypt hash"));
  EXPECT_THAT(said("    systemd: [w.service]\n    generate: {systemd: {exec: 'true'}}\n"),
              HasSubstr("absolute path"));
  EXPECT_THAT(said("    files: []\n"), HasSubstr("nothing to generate"));
  EXPECT_THAT(bench_.run({"generate", "cady"}).err, HasSubstr("caddy"));
}

}  // namespace
}  // namespace gannet::controller
