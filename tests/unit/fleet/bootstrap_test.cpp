// How an agent gets onto a host and starts there, with the real agent and the machine's own sh.
#include <fstream>

#include <sys/stat.h>
#include <sys/wait.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "controller/fleet/agent_scripts.h"
#include "controller/fleet/agent_session.h"
#include "tests/unit/fleet/local_fleet.h"
#include "tests/unit/fleet/run_task.h"

namespace gannet::controller {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class BootstrapTest : public testing::Test {
 protected:
  BootstrapTest() {
    access.transport = &fleet.transport;
    access.agents = &fleet.agents;
    access.state_dir = (fleet.root / "state of it").string();
    access.phase = [this](std::string_view phase) { phases.emplace_back(phase); };
  }

  Result<protocol::Facts> start() {
    auto opened = run_value(fleet.io, open_agent(access));
    if (!opened) return fail(opened.error());
    auto hello = run_value(fleet.io, opened->get()->hello());
    run_task(fleet.io, opened->get()->close());
    if (!hello) return fail(hello.error());
    return hello->facts;
  }

  [[nodiscard]] const AgentBinary& agent() const { return fleet.agents.all().front(); }
  [[nodiscard]] fs::path installed() const {
    return fs::path(access.state_dir) / "bin" / ("agent-" + agent().digest.hex());
  }
  [[nodiscard]] std::vector<std::string> bin_files() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(installed().parent_path()))
      names.push_back(entry.path().filename().string());
    return names;
  }

  /// Runs a script with the shell given, its stdin from `input`. Returns the exit status.
  int run_with(const std::string& shell, const ShellScript& script, const std::string& input) {
    const fs::path in = fleet.root / "stdin";
    std::ofstream(in, std::ios::binary) << input;
    std::string command = shell + " -c " + shell_quote(script.text) + " gannet";
    for (const auto& argument : script.arguments) command += " " + shell_quote(argument);
    command += " <" + shell_quote(in.string()) + " >" + shell_quote((fleet.root / "out").string()) +
               " 2>" + shell_quote((fleet.root / "err").string());
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  [[nodiscard]] std::string printed(const char* file = "out") const {
    std::ifstream in(fleet.root / file);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }

  LocalFleet fleet;
  AgentAccess access;
  std::vector<std::string> phases;
};

TEST_F(BootstrapTest, InstallsAMissingAgentOnceAndStartsIt) {
  const auto facts = start();
  ASSERT_TRUE(facts) << facts.error().context;
  EXPECT_EQ(facts->state_dir, access.state_dir);
  EXPECT_THAT(phases, ElementsAre("connect", "start agent", HasSubstr("upload agent")));
  EXPECT_EQ(fs::status(installed()).permissions(), fs::perms::owner_all);
  phases.clear();
  ASSERT_TRUE(start());
  EXPECT_THAT(phases, ElementsAre("connect", "start agent"));
}

TEST_F(BootstrapTest, ReplacesAnAgentOfTheWrongSize) {
  fs::create_directories(installed().parent_path());
  std::ofstream(installed()) << "#!/bin/sh\nexit 1\n";
  fs::permissions(installed(), fs::perms::owner_all);
  EXPECT_TRUE(start());
  EXPECT_EQ(fs::file_size(installed()), agent().size);
}

TEST_F(BootstrapTest, TwoInstallationsAtOnceBothSucceed) {
  std::optional<Result<LinkHolder>> one, two;
  TaskGroup group(fleet.io.get_executor());
  group.spawn("one", assign(&one, open_agent(access)));
  group.spawn("two", assign(&two, open_agent(access)));
  EXPECT_TRUE(run_value(fleet.io, group.join(in(std::chrono::seconds(20)))));
  ASSERT_TRUE(one && two);
  EXPECT_TRUE(*one) << one->error().context;
  EXPECT_TRUE(*two) << two->error().context;
  EXPECT_THAT(bin_files(), ElementsAre("agent-" + agent().digest.hex()));
  run_task(fleet.io, (*one)->get()->close());
  run_task(fleet.io, (*two)->get()->close());
}

TEST_F(BootstrapTest, SaysHowToGetAroundANoexecFileSystem) {
  ASSERT_TRUE(start());
  fs::permissions(installed(), fs::perms::owner_read | fs::perms::owner_write);
  const auto facts = start();
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, Code::kPermission);
  EXPECT_THAT(facts.error().context, HasSubstr("noexec"));
  EXPECT_THAT(facts.error().context, HasSubstr(installed().string()));
  EXPECT_THAT(facts.error().hint, HasSubstr("state_dir"));
}

TEST_F(BootstrapTest, SaysWhyTheStateDirectoryCannotBeMade) {
  std::ofstream(fleet.root / "file") << "x";
  access.state_dir = (fleet.root / "file" / "state").string();
  const auto facts = start();
  ASSERT_FALSE(facts);
  EXPECT_THAT(facts.error().context, HasSubstr("install the agent in " + access.state_dir));
  EXPECT_THAT(facts.error().context, HasSubstr("Not a directory"));
}

class ShellTest : public BootstrapTest, public testing::WithParamInterface<const char*> {};

TEST_P(ShellTest, NamesArchitectureAndStateDirectoryWhenTheAgentIsMissing) {
  const auto script = start_script(fleet.agents, access.state_dir);
  EXPECT_EQ(run_with(GetParam(), script, ""), 0) << printed("err");
  const auto answer = parse_bootstrap("noise of a profile\n" + printed());
  ASSERT_TRUE(answer.has_value()) << printed();
  EXPECT_EQ(answer->state_dir, access.state_dir);
  EXPECT_TRUE(fleet.agents.for_machine(answer->machine));
}

TEST_P(ShellTest, InstallsWhatHasTheRightContent) {
  const auto content = fleet.agents.content(agent());
  ASSERT_TRUE(content);
  const auto script = install_script(agent(), access.state_dir, "ab12");
  const int code = run_with(GetParam(), script, **content);
  const auto explained = explain_install(code, printed(), printed("err"), access.state_dir);
  EXPECT_TRUE(explained) << explained.error().context;
  EXPECT_EQ(fs::file_size(installed()), agent().size);
}

TEST_P(ShellTest, LeavesNothingBehindWhenWhatArrivesIsDamagedOrCutShort) {
  const auto read = fleet.agents.content(agent());
  ASSERT_TRUE(read);
  const std::string& content = **read;
  const auto script = install_script(agent(), access.state_dir, "ab12");
  std::string damaged = content;
  damaged[damaged.size() / 2] = static_cast<char>(damaged[damaged.size() / 2] ^ 1);
  for (const std::string& input : {damaged, content.substr(0, 1000), std::string()}) {
    const int code = run_with(GetParam(), script, input);
    const auto explained = explain_install(code, printed(), printed("err"), access.state_dir);
    ASSERT_FALSE(explained);
    EXPECT_EQ(explained.error().code, Code::kCorrupt);
    EXPECT_THAT(bin_files(), ElementsAre());
  }
}

std::vector<const char*> shells() {
  std::vector<const char*> found = {"dash", "bash"};
  if (std::system("busybox sh -c : >/dev/null 2>&1") == 0) found.push_back("busybox sh");
  return found;
}

INSTANTIATE_TEST_SUITE_P(Shells, ShellTest, testing::ValuesIn(shells()));

TEST(AgentScripts, HoldNothingThatALoginShellWouldTouch) {
  const auto agents = built_agents();
  const auto start = start_script(agents, "");
  const auto install = install_script(agents.all().front(), "/x", "1");
  for (const auto& script : {start, install})
    EXPECT_EQ(script.text.find_first_of("'\\!\n"), std::string::npos) << script.text;
}

TEST(ParseBootstrap, IgnoresEverythingButWholeAnswers) {
  EXPECT_FALSE(parse_bootstrap(""));
  EXPECT_FALSE(parse_bootstrap("gannet-needs-agent aarch64"));
  EXPECT_FALSE(parse_bootstrap("gannet-needs-agent aarch64 ../x"));
  const auto answer = parse_bootstrap("hi\r\ngannet-needs-agent armv7l /home/pi/a b\r\n");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->machine, "armv7l");
  EXPECT_EQ(answer->state_dir, "/home/pi/a b");
}

TEST(ExplainInstall, TellsAFullDiskFromAReadOnlyOne) {
  const auto full = explain_install(73, "", "cat: write error: No space left on device", "/s");
  const auto locked = explain_install(71, "", "mkdir: cannot create: Read-only file system", "/s");
  ASSERT_FALSE(full);
  ASSERT_FALSE(locked);
  EXPECT_EQ(full.error().code, Code::kNoSpace);
  EXPECT_EQ(full.error().context,
            "install the agent in /s: cat: write error: No space left on device");
  EXPECT_EQ(locked.error().code, Code::kReadOnly);
}

// ---- sudo -----------------------------------------------------------------------------------

/// Behaves as sudo does, with the password "open sesame"; keeps its arguments in sudo.log.
constexpr const char* kFakeSudo = R"(#!/bin/sh
echo "$*" >> "$FAKE_SUDO_LOG"
prompt=
ask=no
while [ $# -gt 0 ]; do
  case $1 in
    -n) [ "$FAKE_SUDO_NOPASSWD" = yes ] || { echo "sudo: a password is required" >&2; exit 1; } ;;
    -S) [ "$FAKE_SUDO_NOPASSWD" = yes ] || ask=yes ;;
    -p) prompt=$2; shift ;;
    -k) ;;
    --) shift; break ;;
  esac
  shift
done
tries=0
while [ $ask = yes ]; do
  printf %s "$prompt" >&2
  read -r answer
  [ "$answer" = "open sesame" ] && break
  echo "Sorry, try again." >&2
  tries=$((tries + 1))
  [ $tries -lt 3 ] || { echo "sudo: 3 incorrect password attempts" >&2; exit 1; }
done
exec "$@"
)";

class SudoTest : public BootstrapTest {
 protected:
  void use_sudo(const std::string& nopasswd, std::optional<Secret> password) {
    const fs::path bin = fleet.root / "bin";
    fs::create_directories(bin);
    std::ofstream(bin / "sudo") << kFakeSudo;
    fs::permissions(bin / "sudo", fs::perms::owner_all);
    LocalTransportOptions options;
    options.environment["PATH"] = bin.string() + ":" + std::getenv("PATH");
    options.environment["FAKE_SUDO_LOG"] = log().string();
    options.environment["FAKE_SUDO_NOPASSWD"] = nopasswd;
    transport = std::make_unique<LocalTransport>(std::move(options));
    access.transport = transport.get();
    access.privilege.sudo = true;
    access.privilege.password = std::move(password);
  }
  [[nodiscard]] fs::path log() const { return fleet.root / "sudo.log"; }
  [[nodiscard]] std::string logged() const { return printed("sudo.log"); }

  std::unique_ptr<LocalTransport> transport;
};

TEST_F(SudoTest, WorksWithoutAPassword) {
  use_sudo("yes", std::nullopt);
  const auto facts = start();
  EXPECT_TRUE(facts) << facts.error().context;
  EXPECT_THAT(logged(), HasSubstr("-n -- sh -c"));
}

TEST_F(SudoTest, SaysThatSudoAsksForAPassword) {
  use_sudo("no", std::nullopt);
  const auto facts = start();
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, Code::kAuthentication);
  EXPECT_EQ(facts.error().context, "sudo asks for a password");
  EXPECT_THAT(facts.error().hint, HasSubstr("--ask-become-password"));
}

TEST_F(SudoTest, AnswersThePromptOnStdinAndNeverInACommandLine) {
  use_sudo("no", Secret("open sesame"));
  const auto facts = start();
  ASSERT_TRUE(facts) << facts.error().context;
  EXPECT_THAT(phases, testing::Contains(HasSubstr("upload agent")));
  EXPECT_THAT(logged(), Not(HasSubstr("sesame")));
}

TEST_F(SudoTest, DoesNotSendThePasswordWhenItIsNotAskedFor) {
  use_sudo("yes", Secret("open sesame"));
  const auto facts = start();
  EXPECT_TRUE(facts) << facts.error().context;
}

TEST_F(SudoTest, RefusesAWrongPasswordAfterOneTry) {
  use_sudo("no", Secret("guess"));
  const auto facts = start();
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, Code::kAuthentication);
  EXPECT_EQ(facts.error().context, "sudo did not take the password");
}

TEST_F(SudoTest, SaysWhenThereIsNoSudo) {
  LocalTransportOptions options;
  options.environment["PATH"] = (fleet.root / "nothing").string();
  transport = std::make_unique<LocalTransport>(std::move(options));
  access.transport = transport.get();
  access.privilege.sudo = true;
  const auto facts = start();
  ASSERT_FALSE(facts);
  EXPECT_EQ(facts.error().code, Code::kPermission) << facts.error().context;
  EXPECT_THAT(facts.error().hint, HasSubstr("become: none"));
}

}  // namespace
}  // namespace gannet::controller
