#include "controller/fleet/agent_scripts.h"

#include "base/text.h"

namespace gannet::controller {
namespace {

constexpr std::string_view kNeedsAgent = "gannet-needs-agent ";
constexpr std::string_view kNoExec = "gannet-noexec ";
constexpr std::string_view kInstalled = "gannet-installed";
constexpr std::string_view kElsewhere = "set state_dir: of this host to a folder ";

// Exit statuses of install_script().
constexpr int kCannotCreate = 71;
constexpr int kNotOurs = 72;
constexpr int kCannotWrite = 73;
constexpr int kDamaged = 74;

/// Lines of what a host printed, without carriage returns.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (auto& line : split(text, '\n')) lines.emplace_back(trim(line));
  return lines;
}

std::optional<BootstrapAnswer> parse_line(std::string_view line) {
  BootstrapAnswer answer;
  if (line.starts_with(kNoExec)) {
    answer.noexec = line.substr(kNoExec.size());
    return answer;
  }
  if (!line.starts_with(kNeedsAgent)) return std::nullopt;
  line.remove_prefix(kNeedsAgent.size());
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  answer.machine = line.substr(0, space);
  answer.state_dir = line.substr(space + 1);
  if (!is_clean_absolute_path(answer.state_dir)) return std::nullopt;
  return answer;
}

}  // namespace

ShellScript start_script(const AgentBinaries& agents, std::string_view state_dir) {
  std::string text = "s=$1; m=$(uname -m); h=; z=0; case $m in ";
  for (const auto& agent : agents.all()) {
    text += join(AgentBinaries::machines_of(agent.arch), "|") + ") h=" + agent.digest.hex() +
            "; z=" + std::to_string(agent.size) + ";; ";
  }
  text +=
      "esac; if [ -z \"$s\" ]; then if [ \"$(id -u)\" = 0 ]; then s=/var/lib/gannet; "
      "else s=$HOME/.local/share/gannet; fi; fi; a=$s/bin/agent-$h; "
      "if [ -n \"$h\" ] && [ -f \"$a\" ] && [ -O \"$a\" ] && [ \"$(wc -c <\"$a\")\" -eq \"$z\" ]; "
      "then if [ -x \"$a\" ]; then exec \"$a\" serve --state-dir \"$s\"; fi; "
      "echo; echo \"gannet-noexec $a\"; exit 126; fi; "
      "echo; echo \"gannet-needs-agent $m $s\"";
  return {std::move(text), {std::string(state_dir)}};
}

ShellScript install_script(const AgentBinary& agent, std::string_view state_dir,
                           std::string_view unique) {
  std::string text =
      "umask 077; s=$1; b=$s/bin; t=$b/.tmp-$4; mkdir -p \"$b\" || exit 71; "
      "if [ -O \"$s\" ] && [ -O \"$b\" ]; then :; else exit 72; fi; "
      "cat >\"$t\" || { rm -f \"$t\"; exit 73; }; n=$(wc -c <\"$t\"); "
      "x=$({ sha256sum || busybox sha256sum || openssl dgst -sha256 -r; } <\"$t\" 2>/dev/null); "
      "x=${x%% *}; if [ \"$n\" -eq \"$3\" ] && [ \"$x\" = \"$2\" ]; then :; else rm -f \"$t\"; "
      "echo; echo \"gannet-damaged $n bytes, sha256 $x\"; exit 74; fi; "
      "sync \"$t\" 2>/dev/null; "
      "chmod 700 \"$t\" && mv -f \"$t\" \"$b/agent-$2\" || { rm -f \"$t\"; exit 73; }; "
      "echo; echo gannet-installed";
  return {std::move(text),
          {std::string(state_dir), agent.digest.hex(), std::to_string(agent.size),
           std::string(unique)}};
}

std::optional<BootstrapAnswer> parse_bootstrap(std::string_view printed) {
  std::optional<BootstrapAnswer> last;
  for (const auto& line : lines_of(printed)) {
    if (auto answer = parse_line(line)) last = std::move(answer);
  }
  return last;
}

Result<> explain_install(int exit_code, std::string_view printed, std::string_view errors,
                         std::string_view state_dir) {
  if (exit_code == 0) {
    for (const auto& line : lines_of(printed)) {
      if (line == kInstalled) return {};
    }
  }
  const std::string where = "install the agent in " + printable(state_dir) + ": ";
  const std::string said = printable(trim(errors.empty() ? printed : errors));
  const auto says = [&](std::string_view text) { return errors.find(text) != errors.npos; };
  if (says("No space left") || says("quota exceeded"))
    return fail(Code::kNoSpace, where + said, "free space there, or " + std::string(kElsewhere));
  if (says("Read-only file system"))
    return fail(Code::kReadOnly, where + said, std::string(kElsewhere) + "that can be written");
  if (exit_code == kNotOurs) {
    return fail(Code::kPermission, where + "the folder belongs to another user",
                std::string(kElsewhere) + "of the user gannet works as");
  }
  if (exit_code == kDamaged) {
    return fail(Code::kCorrupt, where + "what arrived is not what was sent: " + said,
                "try again; the host needs sha256sum, busybox or openssl");
  }
  if (exit_code == kCannotCreate || exit_code == kCannotWrite) {
    const Code code = says("Permission denied") ? Code::kPermission : Code::kRemoteIo;
    return fail(code, where + said, std::string(kElsewhere) + "that can be written");
  }
  return fail(Code::kRemoteIo, where + "exit status " + std::to_string(exit_code) + ": " + said,
              "log in by hand and try: mkdir -p " + shell_quote(printable(state_dir)));
}

std::string shell_command(const ShellScript& script) {
  std::string command = "sh -c " + shell_quote(script.text) + " gannet";
  for (const auto& argument : script.arguments) command += " " + shell_quote(argument);
  return command;
}

}  // namespace gannet::controller
