// The built program, as far as it goes without a host.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "controller/results/store.h"
#include "tests/support/paths.h"
#include "tests/unit/cli/run_gannet.h"

namespace gannet::controller {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

class ProgramTest : public testing::Test {
 protected:
  ProgramTest() {
    bench_.write("gannet.yaml", kProjectYaml);
    bench_.write("inventory.yaml", kInventoryYaml);
  }

  /// Records a deploy of this project with these outcomes.
  void record(const std::vector<std::pair<std::string, Outcome>>& hosts) {
    auto store = ResultStore::open(bench_.results_file());
    ASSERT_TRUE(store) << store.error().context;
    RunRecord run;
    run.id = "20261123T100112Z-7f3a9c1e";
    run.command = "deploy";
    run.environment = "home";
    run.project_root = std::filesystem::canonical(bench_.path("gannet.yaml").parent_path());
    ASSERT_TRUE((*store)->begin_run(run));
    for (const auto& [name, outcome] : hosts) {
      HostRecord host;
      host.host = name;
      host.outcome = outcome;
      host.services = {{"web", "r1", "v1", "", outcome}};
      ASSERT_TRUE((*store)->put_host(run.id, host));
    }
    ASSERT_TRUE((*store)->finish_run(run.id, 2, 0));
  }

  Workbench bench_;
};

TEST_F(ProgramTest, HelpExitsWithZeroAndWritesNothingElse) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"--help"},
                                                {"deploy", "-y", "--help"},
                                                {"--help", "exec"},
                                                {"inventory", "--help"},
                                                {"help", "deploy"}}) {
    const auto output = bench_.run(words);
    EXPECT_EQ(output.exit_code, 0);
    EXPECT_THAT(output.out, HasSubstr("Usage: gannet"));
    EXPECT_THAT(output.err, IsEmpty());
  }
  EXPECT_FALSE(std::filesystem::exists(bench_.path("state"))) << "help leaves nothing behind";
}

TEST_F(ProgramTest, UsageErrorsExitWithTwo) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{},
                                                {"depoly"},
                                                {"deploy", "--nope"},
                                                {"inventory"},
                                                {"inventory", "nope"},
                                                {"exec"},
                                                {"exec", "uptime"},
                                                {"lock"},
                                                {"completion", "tcsh"},
                                                {"deploy", "-C", "/nowhere/at/all"},
                                                {"history", "abc"},
                                                {"history", "20300101"},
                                                {"resume", "--on", "pi-1"}}) {
    const auto output = bench_.run(words);
    EXPECT_EQ(output.exit_code, 2) << output.out << output.err;
    EXPECT_THAT(output.err, StartsWith("error: "));
    EXPECT_THAT(output.err, HasSubstr("\n  hint: "));
  }
}

TEST_F(ProgramTest, LoadingErrorsExitWithTwoAndNameThePlace) {
  EXPECT_EQ(bench_.run({"plan", "--env", "home", "wbe"}).exit_code, 2);
  EXPECT_THAT(bench_.run({"check", "--on", "rol=pi"}).err, HasSubstr("rol"));
  bench_.write("inventory.yaml", "hosts:\n  h1: { adress: x }\n");
  const auto inventory = bench_.run({"check"});
  EXPECT_EQ(inventory.exit_code, 2);
  EXPECT_THAT(inventory.err, HasSubstr("inventory.yaml:2:"));
  bench_.write("gannet.yaml", "services:\n  web: { fils: [] }\n");
  const auto project = bench_.run({"deploy", "-y"});
  EXPECT_EQ(project.exit_code, 2);
  EXPECT_THAT(project.err, HasSubstr("gannet.yaml:2:"));
}

TEST_F(ProgramTest, ChangingHostsWithoutATerminalNeedsYes) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"deploy", "--env", "home"},
                                                {"rollback", "--env", "home"},
                                                {"agent", "remove"}}) {
    const auto output = bench_.run(words);
    EXPECT_EQ(output.exit_code, 2) << output.out << output.err;
    EXPECT_THAT(output.err, HasSubstr("-y"));
  }
}

TEST_F(ProgramTest, JsonDocumentsParse) {
  for (const std::vector<std::string>& words : {std::vector<std::string>{"version"},
                                                {"inventory", "list"},
                                                {"inventory", "show", "db"},
                                                {"history"},
                                                {"status", "--offline"},
                                                {"validate"},
                                                {"depoly"},
                                                {"plan", "wbe"},
                                                {"inventory", "show", "nobody"},
                                                {"completion", "bash"}}) {
    auto with_format = words;
    with_format.insert(with_format.end(), {"-o", "json"});
    const auto output = bench_.run(with_format);
    const auto document = json::parse(output.out, nullptr, false);
    ASSERT_FALSE(document.is_discarded()) << output.out << output.err;
    EXPECT_EQ(document.at("exit_code"), output.exit_code);
    EXPECT_EQ(document.contains("error"), output.exit_code != 0) << output.out;
    with_format.back() = "jsonl";
    std::istringstream lines(bench_.run(with_format).out);
    std::string type;
    for (std::string line; std::getline(lines, line);) type = json::parse(line).at("type");
    EXPECT_EQ(type, "end");
  }
}

TEST_F(ProgramTest, InventoryTellsEverythingAndWhereFrom) {
  const auto list = bench_.run({"inventory", "list", "--on", "role=pi"});
  EXPECT_EQ(list.out.substr(0, list.out.find('\n')), "Selected 2 of 3 hosts");
  EXPECT_THAT(list.out, HasSubstr("pi-1  127.0.0.1  ann"));
  EXPECT_THAT(list.out, Not(HasSubstr("db")));
  const auto show = bench_.run({"inventory", "show", "pi-1"});
  EXPECT_THAT(show.out, HasSubstr("inventory.yaml:2:"));
  EXPECT_THAT(show.out, HasSubstr("label site"));
  EXPECT_THAT(bench_.run({"inventory", "show", "pi-3"}).err, HasSubstr("did you mean \"pi-"));
}

TEST_F(ProgramTest, ResumeWithNothingLeftSaysSo) {
  record({{"pi-1", Outcome::kDeployed}, {"pi-2", Outcome::kUnchanged}});
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"resume", "-y"}, {"deploy", "--only-failed", "-y"}}) {
    const auto output = bench_.run(words);
    EXPECT_EQ(output.exit_code, 0) << output.out << output.err;
    EXPECT_THAT(output.out, StartsWith("Nothing to do"));
  }
}

TEST_F(ProgramTest, ResumeTakesEnvironmentAndHostsFromTheRun) {
  record({{"pi-2", Outcome::kFailed}, {"db", Outcome::kDeployed}, {"gone", Outcome::kSkipped}});
  const auto output = bench_.run({"resume"});
  EXPECT_EQ(output.exit_code, 2) << output.out << output.err;
  EXPECT_THAT(output.out, HasSubstr("on pi-2, gone (2 hosts)"));
  EXPECT_THAT(output.err, HasSubstr("gone: is not in the inventory any more"));
  EXPECT_THAT(output.err, HasSubstr("-y")) << "got as far as asking, with --env taken from the run";
}

TEST_F(ProgramTest, StatusOfflineIsWhatIsOnRecord) {
  record({{"pi-1", Outcome::kDeployed}});
  const auto output = bench_.run({"status", "--offline"});
  EXPECT_EQ(output.exit_code, 0) << output.err;
  EXPECT_THAT(output.out, HasSubstr("pi-1  web      r1       v1"));
}

TEST_F(ProgramTest, CorruptRecordIsNamedWithTheWayOut) {
  bench_.write("state/results.db", std::string(8'192, 'x'));
  const auto output = bench_.run({"history"});
  EXPECT_EQ(output.exit_code, 1);
  EXPECT_THAT(output.err, HasSubstr("hint: move it aside"));
}

TEST_F(ProgramTest, AloneItShowsAShortUsage) {
  const auto output = bench_.run({});
  EXPECT_EQ(output.exit_code, 2);
  EXPECT_EQ(output.out, "");
  EXPECT_THAT(output.err, StartsWith("error: no command\n"));
  EXPECT_THAT(output.err, HasSubstr("\nUsage: gannet COMMAND [options]\n"));
  EXPECT_THAT(output.err, HasSubstr("\n  deploy "));
  EXPECT_THAT(output.err, HasSubstr("\nAll commands: gannet --help\n"));
  EXPECT_LE(std::count(output.err.begin(), output.err.end(), '\n'), 16);
}

TEST_F(ProgramTest, CompletionScriptsAreValidAndCompleteNames) {
  const auto script = bench_.run({"completion", "bash"});
  ASSERT_EQ(script.exit_code, 0);
  bench_.write("completion.bash", script.out);
  const auto quoted = shell_quote(bench_.path("completion.bash").string());
  ASSERT_EQ(std::system(("bash -n " + quoted).c_str()), 0);  // NOLINT(concurrency-mt-unsafe)
  // What the shell does when the user presses Tab, with gannet on its PATH.
  const auto complete = [&](const std::string& words) {
    const auto command =
        "cd " + bench_.path(".").string() + " && PATH=" + gannet::test::build_dir() +
        "/controller:$PATH bash -c 'source " + quoted + "; COMP_WORDS=(" + words +
        "); COMP_CWORD=$((${#COMP_WORDS[@]}-1)); _gannet; echo \"${COMPREPLY[*]}\"'";
    FILE* pipe = ::popen(command.c_str(), "r");
    std::array<char, 1024> line{};
    const bool read = std::fgets(line.data(), line.size(), pipe) != nullptr;
    ::pclose(pipe);
    return read ? std::string(trim(line.data())) : std::string();
  };
  EXPECT_EQ(complete("gannet dep"), "deploy");
  EXPECT_EQ(complete("gannet inventory t"), "trust");
  EXPECT_EQ(complete("gannet deploy \"\""), "web api");
  EXPECT_EQ(complete("gannet deploy --on pi"), "pi-1 pi-2");
  EXPECT_EQ(complete("gannet deploy --env \"\""), "lab home");
  EXPECT_EQ(complete("gannet plan --exit"), "--exit-code");
  EXPECT_EQ(complete("gannet -o j"), "json jsonl");
  for (const char* shell : {"zsh", "fish"}) {
    const auto other = bench_.run({"completion", shell});
    EXPECT_EQ(other.exit_code, 0);
    bench_.write(std::string("completion.") + shell, other.out);
    const std::string file = bench_.path(std::string("completion.") + shell);
    const std::string check = std::string("command -v ") + shell + " >/dev/null || exit 0; " +
                              shell + " -n " + shell_quote(file);
    EXPECT_EQ(std::system(check.c_str()), 0) << shell;  // NOLINT(concurrency-mt-unsafe)
  }
}

TEST_F(ProgramTest, LogOfARunIsForItsOwnerAlone) {
  bench_.write("home/.keep", "");
  const auto output = bench_.run({"exec", "--on", "db", "--timeout", "1s", "--", "true"});
  ASSERT_EQ(output.exit_code, 4) << output.out << output.err;
  std::size_t logs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(bench_.path("state/logs"))) {
    ++logs;
    struct stat status {};
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    std::ifstream file(entry.path());
    const std::string text(std::istreambuf_iterator<char>(file), {});
    EXPECT_THAT(text, HasSubstr("host=db outcome=unreachable"));
  }
  EXPECT_EQ(logs, 1U);
}

}  // namespace
}  // namespace gannet::controller
