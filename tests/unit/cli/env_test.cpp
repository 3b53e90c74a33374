// gannet env, as a user types it.
#include <filesystem>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/terminal_process.h"
#include "tests/unit/cli/run_gannet.h"

namespace gannet::controller {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class EnvTest : public testing::Test {
 protected:
  EnvTest() {
    bench_.write("gannet.yaml",
                 "project: shop\n"
                 "environments:\n"
                 "  production: { on: site=home, env_file: .env.production }\n"
                 "  staging: { on: site=lab, env_file: .env.staging }\n"
                 "  bare: { on: site=lab }\n"
                 "services:\n"
                 "  shop: { compose: { file: shop/compose.yml } }\n");
    bench_.write("shop/compose.yml",
                 "services:\n"
                 "  web:\n"
                 "    image: nginx:${TAG:-1}\n"
                 "    environment: { HOST: '${DB_HOST}', P: '${DB_PASSWORD:?set it}' }\n");
    bench_.write(".env", "DB_HOST=db.lan\n");
    bench_.write(".env.production",
                 "# shop\nDB_PASSWORD=hunter2hunter\nURL=x://u:${DB_PASSWORD}@${DB_HOST}\n");
    bench_.write(".env.staging", "LOG=debug\nLOG=info # loud\n");
  }

  [[nodiscard]] std::string read(const std::string& name) const {
    std::ifstream in(bench_.path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  [[nodiscard]] Workbench::Output env(std::vector<std::string> words,
                                      const std::string& input = "") const {
    words.insert(words.begin(), "env");
    return bench_.run(words, input);
  }

  Workbench bench_;
};

TEST_F(EnvTest, ListNamesFilesAndKeys) {
  const auto output = env({"list"});
  EXPECT_EQ(output.exit_code, 0) << output.err;
  EXPECT_THAT(output.out, HasSubstr("common       .env             1"));
  EXPECT_THAT(output.out, HasSubstr("production   .env.production  2"));
  EXPECT_THAT(output.out, HasSubstr("no env_file in gannet.yaml"));
}

TEST_F(EnvTest, ShowMasksAndNamesTheSource) {
  const auto output = env({"show", "production"});
  EXPECT_EQ(output.exit_code, 0) << output.err;
  EXPECT_THAT(output.out, HasSubstr("DB_HOST      db.lan    .env:1"));
  EXPECT_THAT(output.out, HasSubstr("DB_PASSWORD  ********  .env.production:2"));
  EXPECT_THAT(output.out, HasSubstr("2 values masked; --reveal shows them"));
  EXPECT_THAT(env({"show", "production", "--reveal"}).out, HasSubstr("x://u:hunter2hunter@db.lan"));
}

TEST_F(EnvTest, NothingButGetAndRevealShowsASecret) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"list"},
                                                {"show", "production"},
                                                {"render", "production"},
                                                {"diff", "production", "staging"},
                                                {"check"},
                                                {"set", "production", "A=b"},
                                                {"unset", "production", "A"},
                                                {"set", "production", "DB_PASSWORD=hunter2hunter"}})
    for (const std::string format : {"text", "json", "jsonl"}) {
      auto with_format = words;
      with_format.insert(with_format.end(), {"-o", format});
      const auto output = env(with_format);
      EXPECT_THAT(output.out + output.err, Not(HasSubstr("hunter2"))) << words.front();
    }
  EXPECT_EQ(env({"get", "production", "DB_PASSWORD"}).out, "hunter2hunter\n");
}

TEST_F(EnvTest, SetKeepsTheRestAndTightensTheMode) {
  const auto output = env({"set", "production", "DB_PASSWORD=it's $5", "NEW=1"});
  EXPECT_EQ(output.exit_code, 0) << output.err;
  EXPECT_EQ(output.out, ".env.production:2: DB_PASSWORD changed\n.env.production:4: NEW added\n");
  EXPECT_EQ(read(".env.production"),
            "# shop\nDB_PASSWORD=\"it's \\$5\"\nURL=x://u:${DB_PASSWORD}@${DB_HOST}\nNEW=1\n");
  struct stat status {};
  ASSERT_EQ(::stat(bench_.path(".env.production").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST_F(EnvTest, SetSaysWhichOfTwoLinesIsInForce) {
  const auto output = env({"set", "staging", "LOG=warn"});
  EXPECT_THAT(output.out, HasSubstr("LOG is set in line 1 as well; the last one is in force"));
  EXPECT_THAT(output.out, HasSubstr("the comment behind it stands above it now"));
  EXPECT_EQ(read(".env.staging"), "LOG=debug\n# loud\nLOG=warn\n");
}

TEST_F(EnvTest, SetKeepsASymbolicLink) {
  std::filesystem::create_directory(bench_.path("real"));
  std::filesystem::rename(bench_.path(".env.staging"), bench_.path("real/staging"));
  std::filesystem::create_symlink("real/staging", bench_.path(".env.staging"));
  EXPECT_EQ(env({"set", "staging", "A=1"}).exit_code, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(bench_.path(".env.staging")));
  EXPECT_THAT(read("real/staging"), HasSubstr("A=1\n"));
}

TEST_F(EnvTest, UnsetSaysWhatIsInForceNow) {
  ASSERT_EQ(env({"set", "production", "DB_HOST=other"}).exit_code, 0);
  EXPECT_EQ(env({"unset", "production", "DB_HOST"}).out,
            ".env.production: DB_HOST removed\n  the value of .env:1 is in force now\n");
  EXPECT_EQ(env({"unset", "staging", "LOG"}).out, ".env.staging: LOG removed (2 lines)\n");
  EXPECT_EQ(read(".env.staging"), "");
}

TEST_F(EnvTest, RefusalsLeaveTheFileAlone) {
  const auto before = read(".env.production");
  for (const std::vector<std::string>& words : {std::vector<std::string>{"show", "prodution"},
                                                {"get", "production", "NOPE"},
                                                {"set", "bare", "A=1"},
                                                {"set", "production", "A B=1"},
                                                {"set", "production", "A.B=1"},
                                                {"set", "production", "A"},
                                                {"set", "production", "A=b\ac"},
                                                {"set", "production", "--raw", "A=${DB_HOST}"},
                                                {"set", "production", "--for", "sh", "A=1"},
                                                {"set", "production", "A=1", "--from-stdin"},
                                                {"unset", "production", "DB_PASSWORD", "NOPE"}}) {
    const auto output = env(words);
    EXPECT_EQ(output.exit_code, 2) << output.out << output.err;
    EXPECT_THAT(output.out, IsEmpty());
    EXPECT_THAT(output.err, HasSubstr("\n  hint: "));
  }
  EXPECT_EQ(read(".env.production"), before);
  EXPECT_EQ(env({"set", "production", "--for", "compose", "--raw", "A=${DB_HOST}"}).exit_code, 0);
  EXPECT_EQ(env({"get", "production", "A"}).out, "db.lan\n");
}

TEST_F(EnvTest, FilesThatAreNoTextAreRefusedWithTheirPlace) {
  const auto error_of = [&](const std::string& text) {
    bench_.write(".env.staging", text);
    const auto output = env({"show", "staging"});
    EXPECT_EQ(output.exit_code, 2);
    EXPECT_EQ(env({"set", "staging", "A=1"}).exit_code, 2);
    return output.err;
  };
  EXPECT_THAT(error_of(std::string("A=1\nB=\0", 7)), HasSubstr(".env.staging:2:3: NUL byte"));
  EXPECT_THAT(error_of("A=\xFF\n"), HasSubstr(".env.staging:1:3: not valid UTF-8"));
  std::string large;
  large.resize(10'000'001, '#');
  EXPECT_THAT(error_of(large), HasSubstr("is larger than 10 MB"));
  std::filesystem::remove(bench_.path(".env.staging"));
  EXPECT_THAT(env({"show", "staging"}).err, HasSubstr("no such file"));
  std::filesystem::create_directory(bench_.path(".env.staging"));
  EXPECT_THAT(env({"show", "staging"}).err, HasSubstr("is a folder, not a file"));
}

TEST_F(EnvTest, AByteOrderMarkStaysAndIsFound) {
  bench_.write(".env.staging",
               "\xEF\xBB\xBF"
               "LOG=a\nDB_PASSWORD=x\n");
  EXPECT_EQ(env({"get", "staging", "LOG"}).out, "a\n");
  EXPECT_THAT(env({"check"}).out, HasSubstr("save the file without a byte order mark"));
  EXPECT_EQ(env({"set", "staging", "DB_PASSWORD=y"}).exit_code, 0);
  EXPECT_EQ(read(".env.staging"),
            "\xEF\xBB\xBF"
            "LOG=a\nDB_PASSWORD=y\n");
  EXPECT_THAT(env({"set", "staging", "LOG=b"}).err, HasSubstr("systemd would not read"));
}

TEST_F(EnvTest, DiffEndsAsDiffDoes) {
  EXPECT_EQ(env({"diff", "production", "production"}).exit_code, 0);
  EXPECT_EQ(env({"diff", "production", "nope"}).exit_code, 2);
  const auto output = env({"diff", "production", "staging"});
  EXPECT_EQ(output.exit_code, 1);
  EXPECT_THAT(output.out, HasSubstr("DB_PASSWORD  ********    (not set)"));
  EXPECT_THAT(output.out, HasSubstr("4 variables: 3 different, 1 the same"));
}

TEST_F(EnvTest, CheckComparesFilesAndServices) {
  const auto output = env({"check"});
  EXPECT_EQ(output.exit_code, 2);
  for (const char* part :
       {"error[GN-ENV-010]: shop/compose.yml:4:44: DB_PASSWORD is not set in environment staging",
        "gannet env set staging DB_PASSWORD", ".env.staging:2:1: LOG is set twice",
        ".env.staging:2:1: LOG is used by no service",
        ".env.staging:2:1: Compose and systemd read different values of LOG"})
    EXPECT_THAT(output.out, HasSubstr(part));
  EXPECT_THAT(output.out, HasSubstr("give the environment an env_file"));
  ASSERT_EQ(env({"set", "common", "DB_PASSWORD=of-all"}).exit_code, 0);
  bench_.write(".env.production", "DB_PASSWORD=a\n");
  bench_.write(".env.staging", "DB_PASSWORD=b\n");
  for (const char* file : {".env", ".env.production", ".env.staging"})
    std::filesystem::permissions(bench_.path(file), std::filesystem::perms(0600));
  const auto good = env({"check", "--strict"});
  EXPECT_EQ(good.exit_code, 0) << good.out;
  EXPECT_EQ(good.out, "The env files are in order\n");
}

TEST_F(EnvTest, SetReadsOneValueFromStdin) {
  const auto output = env({"set", "production", "DB_PASSWORD", "--from-stdin"}, "it's $5\n");
  EXPECT_EQ(output.exit_code, 0) << output.err;
  EXPECT_EQ(output.out, ".env.production:2: DB_PASSWORD changed\n");
  EXPECT_EQ(env({"get", "production", "DB_PASSWORD"}).out, "it's $5\n");
  EXPECT_EQ(env({"set", "production", "NL", "--from-stdin"}, "a\nb\n\n").exit_code, 0);
  EXPECT_EQ(env({"get", "production", "NL"}).out, "a\nb\n\n");
}

TEST_F(EnvTest, SetAsksWithoutShowingTheAnswer) {
  test::TerminalProcess terminal({"/usr/bin/env", "-C", bench_.path("").string(), "-i",
                                  "PATH=/usr/bin:/bin", "HOME=" + bench_.path("home").string(),
                                  test::build_dir() + "/controller/gannet", "env", "set",
                                  "production", "DB_PASSWORD"});
  terminal.wait_for("value of DB_PASSWORD");
  terminal.type("typed-in-secret");
  EXPECT_EQ(terminal.wait(), 0) << terminal.screen();
  EXPECT_THAT(terminal.screen(), Not(HasSubstr("typed-in")));
  EXPECT_EQ(env({"get", "production", "DB_PASSWORD"}).out, "typed-in-secret\n");
}

TEST_F(EnvTest, CheckOfCommonLooksAtNothingElse) {
  bench_.write(".env", "DB_HOST=a\nDB_HOST=\n");
  const auto output = env({"check", "common"});
  EXPECT_EQ(output.exit_code, 0) << output.out;
  EXPECT_THAT(output.out, HasSubstr("warning[GN-ENV-004]: .env:2:1: DB_HOST is set twice"));
  EXPECT_THAT(output.out, HasSubstr("info[GN-ENV-008]: .env:2:1: DB_HOST is set to nothing"));
  EXPECT_THAT(output.out, Not(HasSubstr("staging")));
  EXPECT_THAT(output.out, Not(HasSubstr("used by no service")));
  std::filesystem::remove(bench_.path(".env"));
  EXPECT_THAT(env({"check", "common"}).out, HasSubstr("error[GN-ENV-001]: "));
}

TEST_F(EnvTest, CheckWritesWhatOtherProgramsRead) {
  const auto sarif = env({"check", "-o", "sarif"});
  EXPECT_EQ(sarif.exit_code, 2);
  const auto log = json::parse(sarif.out).at("runs").at(0);
  for (const auto& result : log.at("results")) {
    const auto& rule =
        log.at("tool").at("driver").at("rules").at(result.at("ruleIndex").get<std::size_t>());
    EXPECT_TRUE(rule.contains("help")) << rule.at("id") << " has no page";
  }
  EXPECT_THAT(env({"check", "-o", "github"}).out,
              HasSubstr("::warning file=.env.staging,line=2,col=1,title=GN-ENV-004::LOG is set"));
  const auto document = json::parse(env({"check", "-o", "json"}).out);
  EXPECT_EQ(document.at("diagnostics").at(0).at("rule"), "GN-ENV-009");
}

TEST_F(EnvTest, CommentsAllowWhatCheckFinds) {
  bench_.write(".env",
               "# gannet: ignore GN-ENV-004 -- both are wanted\nDB_HOST=a\n"
               "DB_HOST=b # gannet: ignore GN-ENV-004 -- both are wanted\n");
  EXPECT_THAT(env({"check", "common"}).out, Not(HasSubstr("set twice")));
}

TEST_F(EnvTest, ValidateKnowsTheSameRules) {
  bench_.write("inventory.yaml", "hosts: {a: {labels: {site: home}}, b: {labels: {site: lab}}}\n");
  const auto output = bench_.run({"validate"});
  EXPECT_EQ(output.exit_code, 2);
  for (const char* rule : {"GN-ENV-004", "GN-ENV-006", "GN-ENV-007"})
    EXPECT_THAT(output.out, HasSubstr("warning[" + std::string(rule) + "]: ")) << output.out;
  EXPECT_THAT(output.out, HasSubstr("error[GN-ENV-010]: "));
  EXPECT_THAT(output.out, Not(HasSubstr("GN-ENV-009")));
  EXPECT_THAT(output.out, Not(HasSubstr("hunter2")));
}

TEST_F(EnvTest, RenderIsTheFileThatIsShipped) {
  EXPECT_EQ(env({"render", "production", "--reveal"}).out, read(".env") + read(".env.production"));
  const auto masked = env({"render", "production"});
  EXPECT_THAT(masked.out, HasSubstr("DB_PASSWORD=********\n"));
  EXPECT_THAT(masked.err, HasSubstr("--reveal prints the file itself"));
}

}  // namespace
}  // namespace gannet::controller
